/**
 * Graphs on ONNX Runtime: each becomes a model once, what does not change is held by the model, what training changes stays with the thread that runs it, the
 * rest is given with each run.
 */

import { createRequire } from 'node:module'
import { errorLine } from '../../diagnostics/error-text.ts'
import { type Graph, GraphError, type Node } from '../../graph/graph.ts'
import { unreadPath } from '../../graph/unread.ts'
import { scheduleStep } from '../../plan/plan.ts'
import { collectGarbage } from '../../run/collect.ts'
import { isSameParameter } from '../../run/parameters.ts'
import { requireProducts } from '../../run/precision.ts'
import type {
  ChangeableParameter,
  HostTensor,
  Runner,
  RunRequest,
  StoredParameter,
} from '../../run/runner.ts'
import { bearsFloat32, type UpdateRule } from '../../run/update-rule.ts'
import type { ParameterUpdate, Updater } from '../../run/updater.ts'
import { threadCount } from '../threads.ts'
import { feedsOf, masksOf } from './feeds.ts'
import { OnnxGraph } from './onnx-graph.ts'
import { punctualNodes } from './order.ts'
import { modelBytes, type OnnxModel } from './protobuf.ts'
import type { Assigned } from './protocol.ts'
import { RuntimeThread } from './thread.ts'
import { parameterInput, type TranslatedGraph, translate } from './translate.ts'
import { largeBytes, WeightFile } from './weight-file.ts'

/** Whose values are held, in which version. */
interface HeldParameter {
  readonly stored: StoredParameter
  readonly version: number
}
type Held = ReadonlyMap<string, HeldParameter>

interface Compiled {
  readonly session: number
  /** Without the model, which is in the session. */
  readonly translated: Omit<TranslatedGraph, 'model'>
  /** The parameters that the model holds. */
  readonly held: Held
  readonly bytes: number
  /** Absent where its tensors are small. */
  readonly file?: WeightFile
}

/** Bytes of large tensors from which on they go through a file. */
const fileFrom = 2 ** 24

export interface OnnxRunnerOptions {
  readonly threads?: number
  /** An execution provider of ONNX Runtime. */
  readonly provider?: string
}

const noGradients: ReadonlyMap<string, string> = new Map()

export class OnnxRunner implements Runner, Updater {
  readonly name: string
  readonly detail: string
  readonly capabilities: ReadonlySet<string>
  readonly updater: Updater = this
  private readonly thread: RuntimeThread
  private readonly compiled = new Map<Graph, Compiled>()
  /** Parameters that were seen to change: models do not hold them. */
  private readonly changing = new Set<string>()
  /** What the thread has, by name. */
  private readonly residents = new Map<string, HeldParameter>()
  private sessions = 0
  /** Bytes of arrays that the host needs no more, and has not freed. */
  private givenUp = 0
  /** Parameters whose values are in a file of a model only. */
  private readonly moved = new Map<StoredParameter, WeightFile>()
  private disposed = false
  private names: readonly string[] = []

  /** Throws where ONNX Runtime, or the provider, cannot be loaded. */
  constructor(
    capabilities: ReadonlySet<string>,
    { threads = threadCount(), provider = 'cpu' }: OnnxRunnerOptions = {},
  ) {
    this.capabilities = capabilities
    this.name = provider === 'cpu' ? 'onnxruntime' : `onnxruntime:${provider}`
    this.thread = new RuntimeThread({ threads, provider })
    this.thread.call('memory', {})
    this.detail = `ONNX Runtime ${packageVersion()}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
    if (provider !== 'cpu') this.tryProvider(provider)
  }

  /** Throws where the provider does not start, which only a session tells; ONNX Runtime itself leaves out one that it does not know. */
  private tryProvider(provider: string): void {
    const listed = this.thread.call('providers', {})
    const failure = listed.some(({ name }) => name === provider)
      ? this.sessionFailure()
      : 'there is no such provider'
    if (failure === undefined) return
    this.thread.dispose()
    const names = (bundled: boolean): string =>
      listed.flatMap((one) => (one.bundled === bundled ? [one.name] : [])).join(', ')
    const more = names(false) === '' ? '' : `, and with libraries of their own ${names(false)}`
    throw new Error(`${failure}; this installation has ${names(true)}${more}`)
  }

  private sessionFailure(): string | undefined {
    const session = this.sessions++
    try {
      this.thread.call('load', { session, model: modelBytes(smallestModel()) })
      this.thread.call('free', { session })
      return undefined
    } catch (error) {
      return errorLine(error)
    }
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

  memory(): { readonly tensors: number; readonly bytes: number } {
    if (this.disposed) return { tensors: 0, bytes: 0 }
    const resident = this.thread.call('memory', {})
    let { bytes } = resident
    for (const one of this.compiled.values()) bytes += one.bytes
    return { tensors: this.compiled.size + resident.values, bytes }
  }

  dispose(): void {
    for (const graph of [...this.compiled.keys()]) this.forget(graph)
    for (const [name, { stored }] of this.residents) this.giveBack(name, stored)
    this.residents.clear()
    this.discard()
    this.thread.dispose()
    this.disposed = true
  }

  // ---------------------------------------------------------------- updates

  supports(rule: UpdateRule): boolean {
    return rule.kind === 'adaptive' && rule.trust === undefined && bearsFloat32(rule)
  }

  accumulate(
    graph: Graph,
    request: RunRequest,
    gradients: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, HostTensor> {
    this.names = [...gradients.values()]
    return this.execute(graph, request, gradients)
  }

  norm(): number {
    return this.thread.call('norm', { names: this.names })
  }

  gradient(name: string): Float32Array {
    return this.thread.call('gradient', { name })
  }

  update(updates: readonly ParameterUpdate[]): void {
    const slotName = (name: string, place: number): string => `${name} slot ${place}`
    const wanted = updates.flatMap(({ name, parameter, slots }): [string, StoredParameter][] => [
      [name, parameter],
      ...slots.map((slot, place): [string, StoredParameter] => [slotName(name, place), slot]),
    ])
    this.assign(wanted)
    this.thread.call('update', {
      updates: updates.map(({ name, slots, rule }) => ({
        name,
        slots: slots.map((_, place) => slotName(name, place)),
        rule,
      })),
    })
    for (const { name, parameter, slots } of updates) {
      this.changed(name, parameter)
      slots.forEach((slot, place) => {
        this.changed(slotName(name, place), slot)
      })
    }
    this.freeGivenUp()
  }

  discard(): void {
    this.thread.call('discard', {})
  }

  /** Called where no array of the host is in use. */
  private freeGivenUp(): void {
    if (this.givenUp < fileFrom) return
    this.givenUp = 0
    collectGarbage()
  }

  private changed(name: string, parameter: ChangeableParameter): void {
    parameter.changedOnDevice({
      read: () => this.thread.call('read', { name }),
      release: () => {
        if (this.residents.get(name)?.stored !== parameter) return
        this.residents.delete(name)
        this.thread.call('release', { name })
      },
    })
    this.residents.set(name, { stored: parameter, version: parameter.version })
  }

  // ---------------------------------------------------------------- runs

  private execute(
    graph: Graph,
    request: RunRequest,
    gradients: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, HostTensor> {
    const { session, translated } = this.ready(graph, request)
    this.freeGivenUp()
    this.assign(translated.parameters.map((name) => [name, request.parameter(name)]))
    const fetched = this.thread.call('run', {
      session,
      feeds: feedsOf(translated, request),
      resident: Object.fromEntries(translated.parameters.map((name) => [parameterInput(name), name])),
      masks: masksOf(translated, request),
      random: request.random,
      gradients: Object.fromEntries(gradients),
    })
    return new Map(
      [...graph.outputs].flatMap(([name, node]): [string, HostTensor][] => {
        const value = fetched[name]
        if (value !== undefined)
          return [[name, { dtype: node.type.dtype, shape: value.dims, data: value.data }]]
        if (gradients.has(name) || unreadPath(name) !== undefined) return []
        throw new GraphError(`onnxruntime: no output ${name}`)
      }),
    )
  }

  /** Gives the thread what it lacks. */
  private assign(wanted: readonly (readonly [name: string, parameter: StoredParameter])[]): void {
    const values = wanted.flatMap(([name, parameter]): Assigned[] => {
      const known = this.residents.get(name)
      const same = known !== undefined && isSameParameter(known.stored, parameter)
      if (same && known.version === parameter.version) return []
      if (known !== undefined && !same) this.giveBack(name, known.stored)
      this.residents.set(name, { stored: parameter, version: parameter.version })
      return [{ name, data: parameter.data, dims: parameter.shape }]
    })
    if (values.length === 0) return
    this.thread.call('assign', { values })
    for (const { data } of values) this.givenUp += data.byteLength
  }

  /** Values that only the thread may have go to their owner, who keeps them when they are read. */
  private giveBack(name: string, { data }: StoredParameter): void {
    if (data.length > 0) this.thread.call('release', { name })
  }

  forget(graph: Graph): void {
    const compiled = this.compiled.get(graph)
    this.compiled.delete(graph)
    if (compiled === undefined) return
    this.thread.call('free', { session: compiled.session })
    const { file } = compiled
    if (file === undefined) return
    for (const [stored, its] of this.moved) {
      if (its !== file) continue
      // reading gives the values back to their owner
      if (stored.data.length > 0) this.moved.delete(stored)
    }
    file.close()
  }

  /** The model of a graph; made anew where a parameter that it holds has changed. */
  private ready(graph: Graph, request: RunRequest): Compiled {
    const known = this.compiled.get(graph)
    if (known !== undefined) {
      const changed = [...known.held].filter(([name, { stored, version }]) => {
        const now = request.parameter(name)
        return now.version !== version || !isSameParameter(stored, now)
      })
      if (changed.length === 0) return known
      for (const [name] of changed) this.changing.add(name)
      this.forget(graph)
    }
    requireProducts(graph, this)
    const held = new Map<string, HeldParameter>()
    const schedule = scheduleStep(graph, request.sizes)
    const translated = translate(
      { ...graph, nodes: schedule.lifetimes.nodes },
      {
        sizes: request.sizes,
        punctual: punctualNodes(schedule),
        held: (name) => {
          // what has a gradient is about to change
          if (this.changing.has(name) || graph.outputs.has(`gradient ${name}`)) return undefined
          const parameter = request.parameter(name)
          held.set(name, { stored: parameter, version: parameter.version })
          return parameter.data
        },
      },
    )
    const { model, ...rest } = translated
    const session = this.sessions++
    const compiled = { session, translated: rest, held, ...this.load(session, model, held) }
    this.compiled.set(graph, compiled)
    return compiled
  }

  /** Large weights go through a file, where they stay: the host gives its copy up. */
  private load(session: number, model: OnnxModel, held: Held): Pick<Compiled, 'bytes' | 'file'> {
    const large = largeBytes(model)
    const file = large < fileFrom ? undefined : WeightFile.of(model)
    if (file === undefined) {
      const bytes = modelBytes(model)
      const { byteLength, buffer } = bytes
      this.thread.call('load', { session, model: bytes }, buffer instanceof ArrayBuffer ? [buffer] : [])
      return { bytes: byteLength }
    }
    try {
      this.thread.call('load', { session, model: file.path })
    } catch (error) {
      file.close()
      throw error
    }
    file.opened()
    for (const [name, { stored }] of held) {
      const tensor = parameterInput(name)
      if (stored.movedTo === undefined || !file.has(tensor)) continue
      stored.movedTo({ read: () => file.read(tensor), release: () => {} })
      this.moved.set(stored, file)
    }
    this.givenUp += large
    return { bytes: large, file }
  }
}

function smallestModel(): OnnxModel {
  const onnx = new OnnxGraph()
  onnx.output('y', onnx.node('Neg', [onnx.input('x', 'f32', [1])]), 'f32', [1])
  return onnx.model('smallest')
}

function packageVersion(): string {
  const { version }: { readonly version: string } = createRequire(import.meta.url)(
    'onnxruntime-node/package.json',
  )
  return version
}
