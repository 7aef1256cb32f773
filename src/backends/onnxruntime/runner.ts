/**
 * Graphs on ONNX Runtime. Each becomes a model once. Constants are part of the model. Trained weights are in
 * memory that models read and updates write in place. All other inputs are passed with each run.
 */

import { errorLine } from '../../diagnostics/error-text.ts'
import type { Graph, Node } from '../../graph/graph.ts'
import { concreteShape, elementCount } from '../../graph/type.ts'
import { OnnxGraph } from '../../onnx/onnx-graph.ts'
import { modelBytes } from '../../onnx/protobuf.ts'
import { parameterInput } from '../../onnx/translate.ts'
import { isSameParameter } from '../../run/parameters.ts'
import type {
  ChangeableParameter,
  Gradient,
  HostData,
  HostTensor,
  ParameterUpdate,
  Runner,
  RunRequest,
  StoredParameter,
  Updater,
} from '../../run/runner.ts'
import { supportsFloat32, type UpdateRule } from '../../run/update-rule.ts'
import type { Toolchain } from '../compiled/compiler.ts'
import type { NoKernels } from '../compiled/index.ts'
import { threadCount } from '../threads.ts'
import { onnxCapabilities } from './capabilities.ts'
import { CompiledOperators } from './compiled/operators.ts'
import { CompiledUpdates } from './compiled/updates.ts'
import { feedsOf, masksOf } from './feeds.ts'
import { MaskDrawer } from './masks.ts'
import { runtimeFormat } from './model-format.ts'
import { type HeldParameter, Models } from './models.ts'
import { listProviders, type Provider } from './providers.ts'
import { type Place, Residents } from './residents.ts'
import { RowSum } from './row-sum.ts'
import { Runtime } from './runtime.ts'
import { Session } from './session.ts'
import { namedRows, tableOf } from './table-gradients.ts'
import { idsOutput } from './translate.ts'
import { wasmUpdates } from './update-room.ts'

export interface OnnxRunnerOptions {
  readonly threads?: number
  /** An execution provider of ONNX Runtime. */
  readonly provider?: string
  /** What compiles operators in C; by default the machine's own. */
  readonly toolchain?: Toolchain
}

const allPlaces = [0, 1, 2] as const
const noGradients: ReadonlyMap<string, string> = new Map()

/**
 * Rejects with E1120 if ONNX Runtime cannot be loaded, and with its own error if the provider does not start.
 */
export async function onnxRunner({
  threads = threadCount(),
  provider = 'cpu',
  toolchain,
}: OnnxRunnerOptions = {}): Promise<Runner> {
  const runtime = await Runtime.open(threads)
  if (provider !== 'cpu') tryProvider(runtime, provider)
  // operators in C are for the processor
  const compiled = provider === 'cpu' ? await CompiledOperators.open(runtime, toolchain) : undefined
  return new OnnxRunner(runtime, await MaskDrawer.start(), compiled, {
    capabilities: onnxCapabilities(compiled instanceof CompiledOperators, provider),
    threads,
    provider,
  })
}

class OnnxRunner implements Runner, Updater {
  readonly name: string
  readonly detail: string
  readonly libraries: Readonly<Record<string, string>>
  readonly readsInstructions = true
  readonly threads: number
  readonly others?: string
  readonly remedy?: string
  readonly capabilities: ReadonlySet<string>
  readonly updater: Updater = this
  private readonly runtime: Runtime
  private readonly operators: CompiledOperators | undefined
  private readonly masks: MaskDrawer
  private readonly models: Models
  private readonly residents: Residents
  /** Whose values the residents are. */
  private readonly held = new Map<string, (HeldParameter | undefined)[]>()
  private names: readonly string[] = []
  private disposed = false

  constructor(
    runtime: Runtime,
    masks: MaskDrawer,
    compiled: CompiledOperators | NoKernels | undefined,
    {
      capabilities,
      threads,
      provider,
    }: Required<Omit<OnnxRunnerOptions, 'toolchain'>> & Pick<OnnxRunner, 'capabilities'>,
  ) {
    const operators = compiled instanceof CompiledOperators ? compiled : undefined
    this.name = provider === 'cpu' ? 'onnxruntime' : `onnxruntime:${provider}`
    const cpu = `${threads} ${threads === 1 ? 'thread' : 'threads'}`
    const place = provider === 'cpu' ? cpu : `what ${provider} lacks on the CPU: ${cpu}`
    this.detail = [`ONNX Runtime ${runtime.library.version}`, place, ...kernelState(compiled)].join(', ')
    this.libraries = {
      'ONNX Runtime': runtime.library.version,
      kernels: operators === undefined ? 'in JavaScript' : 'compiled',
    }
    this.threads = threads
    if (compiled?.remedy !== undefined) this.remedy = compiled.remedy
    const others = otherProviders(listProviders(runtime))
    if (others !== undefined) this.others = others
    this.capabilities = capabilities
    this.runtime = runtime
    this.operators = operators
    this.masks = masks
    const domains = operators === undefined ? [] : [operators.domain]
    this.models = new Models(runtime, { threads, provider, domains }, operators)
    const room = operators === undefined ? wasmUpdates() : new CompiledUpdates(runtime, operators, threads)
    this.residents = new Residents(runtime, room)
  }

  run(graph: Graph, request: RunRequest): ReadonlyMap<string, HostTensor> {
    return this.execute(graph, request, noGradients)
  }

  inspect(graph: Graph, request: RunRequest, visit: (node: Node, value: HostTensor) => boolean): void {
    const all: Graph = { ...graph, outputs: new Map(graph.nodes.map((node) => [String(node.id), node])) }
    const values = this.run(all, request)
    this.forget(all)
    for (const node of graph.nodes) {
      const value = values.get(String(node.id))
      if (value !== undefined && !visit(node, value)) return
    }
  }

  forget(graph: Graph): void {
    this.models.forget(graph)
  }

  memory(): { readonly tensors: number; readonly bytes: number } {
    if (this.disposed) return { tensors: 0, bytes: 0 }
    const [models, residents] = [this.models.memory(), this.residents.size()]
    return { tensors: models.count + residents.count, bytes: models.bytes + residents.bytes }
  }

  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    this.models.dispose()
    for (const name of [...this.held.keys()]) this.giveBackAll(name)
    this.residents.dispose()
    this.operators?.dispose()
    this.runtime.dispose()
  }

  // ---------------------------------------------------------------- updates

  supports(rule: UpdateRule): boolean {
    return (
      this.residents.updates && rule.kind === 'adaptive' && rule.trust === undefined && supportsFloat32(rule)
    )
  }

  accumulate(
    graph: Graph,
    request: RunRequest,
    gradients: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, HostTensor> {
    this.names = [...gradients.values()]
    return this.execute(graph, request, gradients)
  }

  squares(): readonly number[] {
    return this.residents.squares(this.names)
  }

  gradient(name: string): Float32Array {
    return this.residents.gradient(name)
  }

  replaceGradients(gradients: ReadonlyMap<string, Gradient>): void {
    this.residents.forgetSums()
    this.names = [...gradients.keys()]
    for (const [name, { shape, data }] of gradients) this.residents.replaceSum(name, data, shape)
  }

  update(updates: readonly ParameterUpdate[]): void {
    for (const { name, parameter, slots, rule } of updates) {
      const [first, second] = slots
      if (first === undefined || second === undefined)
        throw new Error(`${name}: an update without two moments`)
      const places = [parameter, first, second] as const
      for (const place of allPlaces) this.assign(name, place, places[place])
      this.residents.update(name, rule)
      for (const place of allPlaces) this.changed(name, place, places[place])
    }
    this.residents.finishUpdates()
    this.residents.forgetSums()
    this.models.freeGivenUp()
  }

  discard(): void {
    this.residents.forgetSums()
  }

  private changed(name: string, place: Place, parameter: ChangeableParameter): void {
    parameter.changedOnDevice({
      read: () => this.residents.read(name, place),
      release: () => {
        const held = this.held.get(name)
        if (held?.[place]?.stored !== parameter) return
        held[place] = undefined
        this.residents.release(name, place)
      },
    })
    this.holds(name, place, parameter)
  }

  // ---------------------------------------------------------------- runs

  private execute(
    graph: Graph,
    request: RunRequest,
    gradients: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, HostTensor> {
    if (this.disposed) throw new Error(`${this.name}: a graph was run after the backend was closed`)
    const { session, translated, compiled } = this.models.ready(graph, request, this)
    compiled?.prepare(request.sizes, request.random)
    this.models.freeGivenUp()
    const { runtime } = this
    const inputs = new Map<string, number>()
    for (const name of translated.parameters) {
      this.assign(name, 0, request.parameter(name))
      inputs.set(parameterInput(name), this.residents.value(name))
    }
    const given: number[] = []
    const feeds = feedsOf(translated, request)
    const masks = masksOf(translated, request)
    const results: { [name: string]: HostTensor } = {}
    try {
      const values = this.masks.draw(masks, request.random)
      masks.forEach(({ name, shape }, i) => {
        const data = values[i] ?? new Float32Array(0)
        feeds.set(name, { type: data instanceof Uint8Array ? 'u8' : 'f32', data, shape })
      })
      for (const [name, { type, data, shape }] of feeds) {
        const value = runtime.valueOf(type, data, shape)
        given.push(value)
        inputs.set(name, value)
      }
      const outputs = session.outputs.map((name) => {
        const node = graph.outputs.get(name)
        // ids of a table's rows
        if (node === undefined) return 0
        if (translated.tables.has(name)) return 0
        const shape = concreteShape(node.type, request.sizes)
        const parameter = gradients.get(name)
        if (parameter !== undefined) return this.residents.gradientValue(parameter, shape)
        const data = emptyArray(node.type.dtype, shape)
        results[name] = { dtype: node.type.dtype, shape, data }
        const value = runtime.valueOf(node.type.dtype, data, shape)
        given.push(value)
        return value
      })
      const made = session.run(
        session.inputs.map((name) => inputs.get(name) ?? 0),
        outputs,
      )
      const madeOf = (name: string): number => made[session.outputs.indexOf(name)] ?? 0
      for (const [name, node] of translated.tables) {
        const [parameter, table] = [gradients.get(name), tableOf(node)]
        const values = [idsOutput(name), name].map(madeOf)
        const rows = namedRows(runtime, node, values, request.sizes)
        if (parameter !== undefined) this.residents.addRows(parameter, rows, table)
        else {
          const shape = concreteShape(node.type, request.sizes)
          results[name] = { dtype: 'f32', shape, data: new RowSum(table, rows).whole() }
        }
        for (const value of values) runtime.functions.releaseValue(value)
      }
      session.outputs.forEach((name, place) => {
        const [parameter, node] = [gradients.get(name), graph.outputs.get(name)]
        if (parameter === undefined || node === undefined || translated.tables.has(name)) return
        this.residents.add(parameter, made[place] ?? 0, elementCount(node.type, request.sizes))
      })
    } finally {
      for (const value of given) runtime.functions.releaseValue(value)
      this.masks.release()
    }
    return new Map(
      [...graph.outputs.keys()].flatMap((name): [string, HostTensor][] => {
        const result = results[name]
        return result === undefined ? [] : [[name, result]]
      }),
    )
  }

  /** Gives ONNX Runtime what it lacks. */
  private assign(name: string, place: Place, parameter: StoredParameter): void {
    const known = this.held.get(name)?.[place]
    if (known !== undefined && isSameParameter(known.stored, parameter)) {
      if (known.version === parameter.version) return
    } else if (place === 0) this.giveBackAll(name)
    else if (known !== undefined) giveBack(known.stored)
    this.holds(name, place, parameter)
    const { data, shape } = parameter
    this.residents.assign(name, place, data, shape)
    this.models.giveUp(data.byteLength)
  }

  private holds(name: string, place: Place, parameter: StoredParameter): void {
    const places = this.held.get(name) ?? [undefined, undefined, undefined]
    places[place] = { stored: parameter, version: parameter.version }
    this.held.set(name, places)
  }

  /** The name is another weight's from now on: that of a model read later. */
  private giveBackAll(name: string): void {
    const places = this.held.get(name)?.slice() ?? []
    for (const held of places) if (held !== undefined) giveBack(held.stored)
    this.held.delete(name)
    this.residents.forget(name)
  }
}

/** Values that only the backend may have go to their owner, who stores them when they are read. */
function giveBack({ data }: StoredParameter): void {
  void data
}

/** Its memory is its own, so that it stays where it is. */
function emptyArray(dtype: HostTensor['dtype'], shape: readonly number[]): HostData & ArrayBufferView {
  const length = shape.reduce((product, n) => product * n, 1)
  if (dtype === 'f32') return new Float32Array(length)
  return dtype === 'i32' ? new Int32Array(length) : new Uint8Array(length)
}

/** Whether operators are compiled, and what they lack. */
function kernelState(compiled: CompiledOperators | NoKernels | undefined): string[] {
  if (compiled === undefined) return []
  if (!(compiled instanceof CompiledOperators)) return [`without compiled operators: ${compiled.reason}`]
  return compiled.lack === undefined ? ['compiled operators'] : ['compiled operators', compiled.lack]
}

/** `also onnxruntime:webgpu, and with libraries of its own onnxruntime:cuda` */
export function otherProviders(listed: readonly Provider[]): string | undefined {
  const others = listed.flatMap((one) =>
    one.name === 'cpu' ? [] : [{ ...one, name: `onnxruntime:${one.name}` }],
  )
  const names = (bundled: boolean): string => namesOf(others, bundled)
  const apart = names(false) && `with libraries that are not in the package ${names(false)}`
  const parts = [names(true), apart].filter((part) => part !== '')
  return parts.length === 0 ? undefined : `also ${parts.join(', and ')}`
}

/**
 * Throws if the provider does not start, which only a session shows. ONNX Runtime silently leaves out unknown
 * providers.
 */
function tryProvider(runtime: Runtime, provider: string): void {
  const listed = listProviders(runtime)
  const failure = listed.some(({ name }) => name === provider)
    ? sessionFailure(runtime, provider)
    : 'there is no such provider'
  if (failure === undefined) return
  runtime.dispose()
  const apart = namesOf(listed, false)
  const more = apart === '' ? '' : `, and with libraries of their own ${apart}`
  throw new Error(`${failure}; this installation has ${namesOf(listed, true)}${more}`)
}

function namesOf(listed: readonly Provider[], bundled: boolean): string {
  return listed.flatMap((one) => (one.bundled === bundled ? [one.name] : [])).join(', ')
}

function sessionFailure(runtime: Runtime, provider: string): string | undefined {
  const onnx = new OnnxGraph()
  onnx.output('y', onnx.node('Neg', [onnx.input('x', 'f32', [1])]), 'f32', [1])
  const model = modelBytes(onnx.model('smallest'), runtimeFormat)
  try {
    new Session(runtime, model, { threads: 1, provider }, ['x'], ['y']).release()
    return undefined
  } catch (error) {
    return errorLine(error)
  }
}
