/**
 * Runs graphs on a device: nodes in order, each by its kernel, every value released at its last reader. No tape, no engine: what is not held
 * in a slot here, as a parameter or as a constant does not exist on the device.
 */
import type { Graph, Node } from '../graph/graph.ts'
import { concreteShape } from '../graph/type.ts'
import { planLifetimes } from '../plan/lifetimes.ts'
import type { Device, Held, KernelTable, RunContext, Step } from './device.ts'
import { evaluated, hostTensor, hostView } from './host.ts'
import { ParameterCache } from './parameters.ts'
import type { HostTensor, Runner, RunRequest } from './runner.ts'
import { deviceDType, siteOf } from './site.ts'

/** A graph's order and lifetimes, and its prepared kernels for each size of batch that was seen. */
interface Compiled {
  readonly nodes: readonly Node[]
  /** Slots of a node's inputs. */
  readonly inputs: readonly (readonly number[])[]
  /** Slots that nobody reads after a node. */
  readonly freed: readonly (readonly number[])[]
  readonly outputs: ReadonlyMap<string, number>
  readonly prepared: Map<string, Prepared>
  weight: number
}

interface Prepared {
  /** By slot; undefined for leaves. */
  readonly steps: readonly (Step | undefined)[]
  readonly weight: number
}

/** What preparations of all sizes of batch may hold, in examples x tokens x nodes: tables of row starts, 4 to 16 bytes each. Beyond it the oldest go. */
const preparedLimit = 16e6

/** Told of each node after it ran: its value, and how long its kernel took in milliseconds. Returns whether to go on. */
type Observer = (node: Node, held: Held, milliseconds: number) => boolean

export interface OpTime {
  readonly op: string
  readonly calls: number
  readonly milliseconds: number
}

export class Executor implements Runner {
  readonly name: string
  private readonly device: Device
  private readonly kernels: KernelTable
  private readonly parameters: ParameterCache
  private readonly constants = new Map<string, Held>()
  private readonly graphs = new WeakMap<Graph, Compiled>()

  constructor(device: Device, kernels: KernelTable) {
    this.name = device.name
    this.device = device
    this.kernels = kernels
    this.parameters = new ParameterCache(device)
  }

  run(graph: Graph, request: RunRequest): ReadonlyMap<string, HostTensor> {
    const result = new Map<string, HostTensor>()
    this.execute(graph, request, undefined, (outputs) => {
      for (const [name, { node, held }] of outputs) result.set(name, hostTensor(this.device, node, held))
    })
    return result
  }

  inspect(graph: Graph, request: RunRequest, visit: (node: Node, value: HostTensor) => boolean): void {
    this.execute(graph, request, (node, held) => visit(node, hostTensor(this.device, node, held)))
  }

  /** Time by op over one run, slowest first. Leaves count as `input`, `parameter`, `constant`. */
  profile(graph: Graph, request: RunRequest): readonly OpTime[] {
    const times = new Map<string, { calls: number; milliseconds: number }>()
    this.execute(graph, request, (node, _held, milliseconds) => {
      const entry = times.get(node.op) ?? { calls: 0, milliseconds: 0 }
      entry.calls++
      entry.milliseconds += milliseconds
      times.set(node.op, entry)
      return true
    })
    return [...times].map(([op, time]) => ({ op, ...time })).sort((a, b) => b.milliseconds - a.milliseconds)
  }

  memory(): { readonly tensors: number; readonly bytes: number } {
    return this.device.memory()
  }

  /** Releases parameters and constants. Values of runs are released by the runs themselves. */
  dispose(): void {
    this.parameters.dispose()
    for (const held of this.constants.values()) this.device.release(held)
    this.constants.clear()
  }

  private execute(
    graph: Graph,
    request: RunRequest,
    observe?: Observer,
    finish?: (outputs: ReadonlyMap<string, { node: Node; held: Held }>) => void,
  ): void {
    const compiled = this.compiled(graph)
    const steps = this.prepared(compiled, request)
    const slots = new Array<Held | undefined>(compiled.nodes.length)
    try {
      for (const [i, node] of compiled.nodes.entries()) {
        const inputs = (compiled.inputs[i] ?? []).map((slot) => heldAt(slots, slot))
        const before = observe === undefined ? 0 : performance.now()
        const held = steps[i]?.(inputs, this.context(node, request)) ?? this.leaf(node, request)
        slots[i] = held
        if (observe !== undefined && !observe(node, held, performance.now() - before)) return
        for (const slot of compiled.freed[i] ?? []) {
          this.device.release(heldAt(slots, slot))
          slots[slot] = undefined
        }
      }
      const outputs = new Map<string, { node: Node; held: Held }>()
      for (const [name, slot] of compiled.outputs) {
        const node = compiled.nodes[slot]
        if (node !== undefined) outputs.set(name, { node, held: heldAt(slots, slot) })
      }
      finish?.(outputs)
    } finally {
      for (const held of slots) if (held !== undefined) this.device.release(held)
    }
  }

  private leaf(node: Node, request: RunRequest): Held {
    const shape = concreteShape(node.type, request.sizes)
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

  private context(node: Node, request: RunRequest): RunContext {
    const { device, parameters } = this
    return {
      device,
      random: request.random,
      derived: (index, form, make) => {
        const input = node.inputs[index]
        if (input?.op !== 'parameter') throw new Error(`${node.op}: input ${index} is not a parameter`)
        const name = String(input.attributes.name)
        const held = parameters.derived(name, request.parameter(name), form, make)
        return device.alias(held, held.shape)
      },
    }
  }

  private compiled(graph: Graph): Compiled {
    let compiled = this.graphs.get(graph)
    if (compiled === undefined) {
      compiled = compile(graph)
      this.graphs.set(graph, compiled)
    }
    return compiled
  }

  private prepared(compiled: Compiled, request: RunRequest): readonly (Step | undefined)[] {
    const { sizes } = request
    const key = `${sizes.B} ${sizes.L}`
    const known = compiled.prepared.get(key)
    if (known !== undefined) return known.steps
    const steps = compiled.nodes.map((node) => {
      if (isLeaf(node)) return undefined
      return this.kernels[node.op]?.(siteOf(node, sizes)) ?? evaluated(node, sizes)
    })
    const weight = sizes.B * sizes.L * steps.length
    compiled.weight += weight
    for (const [old, entry] of compiled.prepared) {
      if (compiled.weight <= preparedLimit) break
      compiled.prepared.delete(old)
      compiled.weight -= entry.weight
    }
    compiled.prepared.set(key, { steps, weight })
    return steps
  }
}

function isLeaf(node: Node): boolean {
  return node.op === 'input' || node.op === 'parameter' || node.op === 'constant' || node.op === 'vector'
}

function heldAt(slots: readonly (Held | undefined)[], slot: number): Held {
  const held = slots[slot]
  if (held === undefined) throw new Error(`value ${slot} was released before its last reader`)
  return held
}

function compile(graph: Graph): Compiled {
  const { nodes, frees } = planLifetimes(graph)
  const slots = new Map(nodes.map((node, i) => [node, i]))
  const slot = (node: Node): number => slots.get(node) ?? -1
  return {
    nodes,
    inputs: nodes.map((node) => node.inputs.map(slot)),
    freed: frees.map((list) => list.map(slot)),
    outputs: new Map([...graph.outputs].map(([name, node]) => [name, slot(node)])),
    prepared: new Map(),
    weight: 0,
  }
}
