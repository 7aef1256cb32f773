/**
 * Runs graphs on a device: nodes in order, each by its kernel, every value released at its last reader. No
 * tape, no engine: what is not held in a slot here, as a parameter or as a constant does not exist on the
 * device.
 */
import type { Graph, Node } from '../graph/graph.ts'
import { fusedOps } from '../graph/ops/fused.ts'
import { unreadPath } from '../graph/unread.ts'
import { weightUpdate } from '../optimize/pass.ts'
import type { Device, Held, KernelTable, Step } from './device.ts'
import { DeviceUpdater, type Take, type UpdateKernels } from './device-updater.ts'
import { hostTensor, hostView, laterTensor, readNow } from './host.ts'
import { ParameterCache } from './parameters.ts'
import { requireProducts } from './precision.ts'
import { Preparations, type Prepared } from './prepare.ts'
import type { HostTensor, Runner, RunRequest } from './runner.ts'
import { deviceDType } from './site.ts'

/**
 * Called after each node with its value and the time of its kernel in milliseconds. Returns whether to
 * continue.
 */
type Observer = (node: Node, held: Held, milliseconds: number) => boolean

interface NodeTime {
  readonly node: Node
  readonly milliseconds: number
}

export interface OpTime {
  readonly op: string
  readonly calls: number
  readonly milliseconds: number
}

export class Executor implements Runner {
  readonly name: string
  readonly capabilities: ReadonlySet<string>
  readonly libraries: Readonly<Record<string, string>>
  readonly updater?: DeviceUpdater<Graph>
  private readonly device: Device
  private readonly kernels: KernelTable
  private readonly parameters: ParameterCache
  private readonly constants = new Map<string, Held>()
  private readonly graphs = new WeakMap<Graph, Preparations>()

  /** `capabilities`: by default the fused ops of the table. */
  constructor(
    device: Device,
    kernels: KernelTable,
    capabilities: readonly string[] = fusedOps.filter((op) => kernels[op] !== undefined),
    updates?: UpdateKernels,
    libraries: Readonly<Record<string, string>> = {},
  ) {
    this.libraries = libraries
    this.name = device.name
    this.capabilities = new Set(updates ? [...capabilities, weightUpdate] : capabilities)
    this.device = device
    this.kernels = kernels
    this.parameters = new ParameterCache(device)
    if (updates)
      this.updater = new DeviceUpdater(device, updates, this.parameters, (graph, request, take) =>
        this.outputs(graph, request, take),
      )
  }

  run(graph: Graph, request: RunRequest): ReadonlyMap<string, HostTensor> {
    return readNow(this.outputs(graph, request, () => false))
  }

  lend<T>(graph: Graph, request: RunRequest, use: (outputs: ReadonlyMap<string, HostTensor>) => T): T {
    const results: T[] = []
    this.execute(graph, request, undefined, (outputs) => {
      const { device } = this
      const lent = new Map<string, HostTensor>()
      for (const [name, { node, held }] of outputs) {
        const { dtype } = node.type
        const tensor = (): HostTensor =>
          device.view === undefined
            ? laterTensor(device, dtype, held)
            : { dtype, shape: [...held.shape], data: device.view(held) }
        if (unreadPath(name) === undefined) lent.set(name, tensor())
      }
      results.push(use(lent))
    })
    return results[0] as T
  }

  inspect(graph: Graph, request: RunRequest, visit: (node: Node, value: HostTensor) => boolean): void {
    this.execute(graph, request, (node, held) => visit(node, hostTensor(this.device, node.type.dtype, held)))
  }

  /** Time by op over one run, slowest first. Leaves count as `input`, `parameter`, `constant`. */
  profile(graph: Graph, request: RunRequest): readonly OpTime[] {
    const times = new Map<string, { calls: number; milliseconds: number }>()
    for (const { node, milliseconds } of this.profileNodes(graph, request)) {
      const entry = times.get(node.op) ?? { calls: 0, milliseconds: 0 }
      entry.calls++
      entry.milliseconds += milliseconds
      times.set(node.op, entry)
    }
    return [...times].map(([op, time]) => ({ op, ...time })).sort((a, b) => b.milliseconds - a.milliseconds)
  }

  /** Time of each node over one run, leaves included, in order of execution. */
  profileNodes(graph: Graph, request: RunRequest): readonly NodeTime[] {
    const times: NodeTime[] = []
    this.execute(graph, request, (node, _held, milliseconds) => {
      times.push({ node, milliseconds })
      return true
    })
    return times
  }

  dropCopies(names: Iterable<string>): void {
    this.parameters.drop(names)
  }

  memory(): { readonly tensors: number; readonly bytes: number } {
    return this.device.memory()
  }

  /** The most bytes that the device held at once during the last run, parameters and constants included. */
  peak(): number {
    return this.device.peak()
  }

  /** Releases parameters and constants. Values of runs are released by the runs themselves. */
  dispose(): void {
    this.updater?.dispose()
    this.parameters.dispose()
    for (const held of this.constants.values()) this.device.release(held)
    this.constants.clear()
  }

  /** Runs the graph and reads the outputs that are not taken. */
  private outputs(graph: Graph, request: RunRequest, take: Take): ReadonlyMap<string, HostTensor> {
    const result = new Map<string, HostTensor>()
    this.execute(graph, request, undefined, (outputs) => {
      for (const [name, { node, held }] of outputs)
        if (unreadPath(name) === undefined && !take(name, held))
          result.set(name, laterTensor(this.device, node.type.dtype, held))
    })
    return result
  }

  private execute(
    graph: Graph,
    request: RunRequest,
    observe?: Observer,
    finish?: (outputs: ReadonlyMap<string, { node: Node; held: Held }>) => void,
  ): void {
    const prepared = this.prepared(graph, request)
    this.device.forgetPeak()
    const { nodes, steps } = prepared
    const slots = new Array<Held | undefined>(nodes.length)
    try {
      // Of a small model this loop is a good part of a step: no closures and no iterators in it.
      for (let i = 0; i < nodes.length; i++) {
        const node = nodes[i] as Node
        const before = observe === undefined ? 0 : performance.now()
        const step = steps[i]
        const held =
          step === undefined
            ? this.leaf(node, prepared.shapes[i] as readonly number[], request)
            : this.step(step, i, prepared, slots, request)
        slots[i] = held
        if (observe !== undefined) {
          this.device.settle?.()
          if (!observe(node, held, performance.now() - before)) return
        }
        const freed = prepared.freed[i] as readonly number[]
        for (let k = 0; k < freed.length; k++) {
          const slot = freed[k] as number
          this.device.release(heldAt(slots, slot))
          slots[slot] = undefined
        }
      }
      const outputs = new Map<string, { node: Node; held: Held }>()
      for (const [name, slot] of prepared.outputs) {
        const node = prepared.nodes[slot]
        if (node !== undefined) outputs.set(name, { node, held: heldAt(slots, slot) })
      }
      finish?.(outputs)
    } finally {
      for (const held of slots) if (held !== undefined) this.device.release(held)
    }
  }

  private step(
    step: Step,
    i: number,
    { nodes, inputs: slotsOf, over }: Prepared,
    slots: readonly (Held | undefined)[],
    request: RunRequest,
  ): Held {
    const own = slotsOf[i] as readonly number[]
    const inputs = new Array<Held>(own.length)
    for (let k = 0; k < own.length; k++) inputs[k] = heldAt(slots, own[k] as number)
    const place = over[i]
    const dying = place === undefined ? undefined : inputs[place]
    const { device, parameters } = this
    const free = dying !== undefined && device.isSole(dying) ? dying : undefined
    return step(inputs, {
      device,
      random: request.random,
      over: free,
      derived: (index, form, make) => {
        const node = nodes[i]
        const input = node?.inputs[index]
        if (input?.op !== 'parameter') throw new Error(`${node?.op}: input ${index} is not a parameter`)
        const name = String(input.attributes.name)
        const held = parameters.derived(name, request.parameter(name), form, make)
        return device.alias(held, held.shape)
      },
    })
  }

  private leaf(node: Node, shape: readonly number[], request: RunRequest): Held {
    if (node.op === 'parameter') {
      const name = String(node.attributes.name)
      return this.device.alias(this.parameters.current(name, request.parameter(name)), shape)
    }
    if (node.op === 'input') {
      const name = String(node.attributes.name)
      const value = request.inputs.get(name)
      if (value === undefined) throw new Error(`graph input ${name} was not given`)
      if (value.shape.length !== shape.length || value.shape.some((n, i) => n !== shape[i]))
        throw new Error(`graph input ${name}: shape [${value.shape}] given, [${shape}] needed`)
      return this.device.upload(hostView(node.type.dtype, value.data), shape, deviceDType(node.type.dtype))
    }
    const key = JSON.stringify(node.attributes)
    let held = this.constants.get(key)
    if (held === undefined) {
      const values = node.op === 'constant' ? [node.attributes.value] : node.attributes.values
      const data = Float32Array.from(Array.isArray(values) ? values.map(Number) : [])
      held = this.device.upload(data, shape, 'float32')
      this.constants.set(key, held)
    }
    return this.device.alias(held, shape)
  }

  private prepared(graph: Graph, { sizes }: RunRequest): Prepared {
    let preparations = this.graphs.get(graph)
    if (preparations === undefined) {
      requireProducts(graph, this)
      preparations = new Preparations(graph, this.kernels)
      this.graphs.set(graph, preparations)
    }
    return preparations.at(sizes)
  }
}

function heldAt(slots: readonly (Held | undefined)[], slot: number): Held {
  const held = slots[slot]
  if (held === undefined) throw new Error(`value ${slot} was released before its last reader`)
  return held
}
