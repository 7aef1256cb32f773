/**
 * What is worked out of a graph before it runs at given sizes: the order, the lifetimes, the kernel of each
 * node. Batches of real texts come in many sizes, each of them new at first, so what does not depend on them
 * is found once a graph.
 */
import { gradientName } from '../graph/gradient-name.ts'
import type { Graph, Node, RowSymbol } from '../graph/graph.ts'
import { type BatchSizes, concreteShape, hasAxis, rowSymbolsOf, sizesKey } from '../graph/type.ts'
import { scheduleInOrder, scheduleStep } from '../plan/plan.ts'
import type { KernelTable, Step } from './device.ts'
import { evaluated } from './host.ts'
import { siteOf } from './site.ts'

/** The order of a run at known sizes, its lifetimes and its kernels. Slots are places in the order. */
export interface Prepared {
  readonly nodes: readonly Node[]
  /** Shapes of the nodes' values. */
  readonly shapes: readonly (readonly number[])[]
  /** Slots of a node's inputs. */
  readonly inputs: readonly (readonly number[])[]
  /** Index of the input over which a node may write. */
  readonly over: readonly (number | undefined)[]
  /** Slots without readers after a node. */
  readonly freed: readonly (readonly number[])[]
  readonly outputs: ReadonlyMap<string, number>
  /** By slot; undefined for leaves. */
  readonly steps: readonly (Step | undefined)[]
  readonly weight: number
}

/**
 * Limit of all cached preparations, in examples x tokens x nodes that have them (rows are dense, and need no
 * tables): starts of rows, 4 to 16 bytes each. Beyond it, those that were unused for longest are dropped.
 */
const preparedLimit = 16e6

/** A graph's preparations for each size of batch that was seen. */
export class Preparations {
  private readonly graph: Graph
  private readonly kernels: KernelTable
  /** The numbers of positions that matter to it. */
  private readonly rows: ReadonlySet<RowSymbol>
  /** The latest used last. */
  private readonly known = new Map<string, Prepared>()
  private weight = 0
  /** Of nodes: equal ones have the same kernel at the same sizes. */
  private readonly kinds: ReadonlyMap<Node, string>
  /**
   * The order that needs least at the largest sizes yet. A run at smaller ones needs less in it, whether or
   * not another would be better still.
   */
  private order: readonly Node[] = []
  private largest = 0

  constructor(graph: Graph, kernels: KernelTable) {
    this.graph = graph
    this.kernels = kernels
    this.rows = rowSymbolsOf(graph.nodes.flatMap(({ type }) => type.dimensions))
    this.kinds = kindsOf(graph)
  }

  at(sizes: BatchSizes): Prepared {
    const key = sizesKey(sizes, this.rows)
    const known = this.known.get(key)
    if (known !== undefined) {
      this.known.delete(key)
      this.known.set(key, known)
      return known
    }
    const made = this.prepare(sizes)
    this.weight += made.weight
    for (const [old, entry] of this.known) {
      if (this.weight <= preparedLimit) break
      this.known.delete(old)
      this.weight -= entry.weight
    }
    this.known.set(key, made)
    return made
  }

  private prepare(sizes: BatchSizes): Prepared {
    const { graph, kinds, kernels } = this
    const { lifetimes, over } = this.schedule(sizes)
    const { nodes, frees } = lifetimes
    const slots = new Map(nodes.map((node, i) => [node, i]))
    const slot = (node: Node): number => slots.get(node) ?? -1
    const steps = new Map<string, Step>()
    const stepOf = (node: Node): Step => {
      const kind = kinds.get(node) ?? ''
      const step =
        steps.get(kind) ??
        kernels[node.op]?.(siteOf(node, sizes, (input) => isFrozen(graph, input))) ??
        evaluated(node, sizes)
      steps.set(kind, step)
      return step
    }
    return {
      nodes,
      shapes: nodes.map(({ type }) => concreteShape(type, sizes)),
      inputs: nodes.map((node) => node.inputs.map(slot)),
      over,
      freed: frees.map((list) => list.map(slot)),
      outputs: new Map([...graph.outputs].map(([name, node]) => [name, slot(node)])),
      steps: nodes.map((node) => (isLeaf(node) ? undefined : stepOf(node))),
      weight: sizes.B * sizes.L * nodes.filter(hasTokens).length,
    }
  }

  private schedule(sizes: BatchSizes): ReturnType<typeof scheduleStep> {
    const size = sizes.B * sizes.L
    if (size <= this.largest) return scheduleInOrder(this.graph, this.order, sizes)
    const schedule = scheduleStep(this.graph, sizes)
    this.largest = size
    this.order = schedule.lifetimes.nodes
    return schedule
  }
}

function hasTokens({ type }: Node): boolean {
  return hasAxis(type, 'token') || hasAxis(type, "token'")
}

function isLeaf(node: Node): boolean {
  return node.op === 'input' || node.op === 'parameter' || node.op === 'constant' || node.op === 'vector'
}

/** Whether it is a parameter that no step changes. */
function isFrozen({ outputs }: Graph, { op, attributes }: Pick<Node, 'op' | 'attributes'>): boolean {
  return op === 'parameter' && !outputs.has(gradientName(String(attributes.name)))
}

/** All of a node that its kernel is made from: what siteOf takes. */
function kindsOf(graph: Graph): ReadonlyMap<Node, string> {
  const types = new Map(graph.nodes.map((node) => [node, JSON.stringify(node.type)]))
  return new Map(
    graph.nodes.map((node) => {
      const inputs = node.inputs.map(
        (input) => `${types.get(input)}${input.op === 'parameter'}${isFrozen(graph, input)}`,
      )
      return [node, [node.op, JSON.stringify(node.attributes), types.get(node), ...inputs].join(' ')]
    }),
  )
}
