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

/** Read and written by one node. */
export function nodeBytes(node: Node, sizes: BatchSizes): number {
  return [node, ...node.inputs].reduce(
    (sum, { type }) => sum + elementCount(type, sizes) * (type.dtype === 'bool' ? 1 : 4),
    0,
  )
}

/**
 * Operations of a large matrix product that take as long as a byte, and as the call of a kernel. Fitted to
 * the measured steps in docs/performance.md, on native and wasm.
 */
const workOf = { byte: 6, call: 1.2e6 }

/** Bytes that an optimizer reads and writes for a weight: gradient, two moments, and the weight itself. */
const updateBytes = 28

/**
 * The work of running a graph once, in operations of a large matrix product: time is this over the speed of
 * such a product. Small products are slower than large ones by their bytes and calls.
 */
export function graphWork(graph: Graph, sizes: BatchSizes): number {
  return graph.nodes.reduce((sum, node) => {
    if (node.inputs.length === 0) return sum
    const products = isProduct(node) ? nodeFlops(node, sizes) : 0
    return sum + products + workOf.byte * nodeBytes(node, sizes) + workOf.call
  }, 0)
}

/**
 * The work of a step of training: of `times` micro-batches, and of the update.
 * @param trained names of the weights that the stage trains
 */
export function stepWork(graph: Graph, sizes: BatchSizes, times: number, trained: readonly string[]): number {
  const names = new Set(trained)
  const weights = new Map(
    graph.nodes.flatMap((node) =>
      node.op === 'parameter' && names.has(String(node.attributes.name))
        ? [[node.attributes.name, elementCount(node.type, sizes)] as const]
        : [],
    ),
  )
  const updated = [...weights.values()].reduce((sum, count) => sum + count, 0)
  return times * graphWork(graph, sizes) + workOf.byte * updateBytes * updated
}

function isProduct({ op }: Node): boolean {
  return op.startsWith('contract') || op.startsWith('linear')
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
