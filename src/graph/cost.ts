/**
 * Floating-point operations of a node and of a graph, from types alone. Products count a multiplication and
 * an addition. Element-wise ops and normalisations count one operation for each element of their largest
 * operand. Ops that only move data count none.
 */
import { type Attributes, type Axis, type Graph, GraphError, type Node } from './graph.ts'
import { type BatchSizes, concreteShape, concreteSize, elementCount, isAxis, sizeOf } from './type.ts'

/** Ops that move or relabel data, or do no arithmetic on floats. */
const moving: ReadonlySet<string> = new Set([
  'input',
  'parameter',
  'constant',
  'vector',
  'again',
  'broadcast',
  'cast',
  'chunk',
  'concat',
  'gather_positions',
  'join',
  'lookup',
  'one_hot',
  'pad',
  'pick',
  'place',
  'rename',
  'scatter_positions',
  'shift',
  'slice',
  'split',
  'stop_gradient',
  'unchunk',
])

/** Operations of one node. */
export function nodeFlops(node: Node, sizes: BatchSizes): number {
  if (moving.has(node.op)) return 0
  if (node.op === 'contract') return 2 * labelProduct(node, sizes)
  if (node.op === 'contract_activation_gradient')
    return 2 * labelProduct(node, sizes) + elementCount(node.type, sizes)
  if (node.op === 'linear' || node.op === 'linear_activation') {
    const [x] = node.inputs
    if (x === undefined) throw new GraphError('linear: an input is missing')
    const results = elementCount(node.type, sizes)
    // 2 m n k, and the bias: m n, and what is done with it
    const perElement = node.op === 'linear' ? 1 : 2
    return (2 * concreteSize(sizeOf(x.type, 'unit'), sizes) + perElement) * results
  }
  return Math.max(...[node, ...node.inputs].map((n) => elementCount(n.type, sizes)))
}

/** Operations of running a graph once. */
export function graphFlops(graph: Graph, sizes: BatchSizes): number {
  return graph.nodes.reduce((sum, node) => sum + nodeFlops(node, sizes), 0)
}

/** The product of the sizes of all labels of a contraction: m n k of a plain product. */
function labelProduct(node: Node, sizes: BatchSizes): number {
  const [a, b] = node.inputs
  if (a === undefined || b === undefined) throw new GraphError('contract: an input is missing')
  const extents = new Map<Axis, number>()
  for (const [input, key] of [
    [a, 'left'],
    [b, 'right'],
  ] as const) {
    const shape = concreteShape(input.type, sizes)
    for (const [i, label] of labels(node.attributes, key).entries()) extents.set(label, shape[i] ?? 1)
  }
  return [...extents.values()].reduce((product, size) => product * size, 1)
}

function labels(attributes: Attributes, key: string): Axis[] {
  const list = attributes[key]
  if (!Array.isArray(list) || !list.every(isAxis)) throw new GraphError(`contract: \`${key}\` must list axes`)
  return list
}
