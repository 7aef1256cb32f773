/**
 * kl(s / c, t / c)                              ==> scaled_kl(s, t){divisor: c}
 * g * (softmax(s / c) - softmax(t / c)) / c     ==> kl_gradient(s, t, g){divisor: c}
 * x + the latter, of the same type              ==> kl_gradient(s, t, g, x){divisor: c}
 *
 * Logits of a vocabulary are the widest values of a step, and a divergence at a temperature makes ten of
 * their size in its backward pass: divided, two softmaxes, their difference, that times the cotangent,
 * divided again, added to what other losses give. One pass over the logits instead.
 */
import { type Graph, type GraphBuilder, GraphError, type Node } from '../../graph/graph.ts'
import { equalTypes } from '../../graph/type.ts'
import { counted, occurrences } from '../census.ts'
import type { Pass } from '../pass.ts'
import { readersOf } from '../readers.ts'
import { rewrite } from '../rewrite.ts'

export const fuseDivergence: Pass = {
  name: 'fuse-divergence',
  phase: 'step',
  summary: 'a divergence at a temperature in one pass over the logits, and its gradient in another',
  run: (graph, { ops, capabilities, moved, note }) => {
    if (!capabilities.has('scaled_kl') || !capabilities.has('kl_gradient')) return graph
    const readers = readersOf(graph)
    const only = (node: Node): boolean => readers(node) === 1
    const found = gradientsIn(graph, only)
    const after = rewrite(
      graph,
      ops,
      (builder, node, inputs) =>
        divergence(builder, node, inputs) ?? gradient(builder, node, inputs, found, only),
      moved,
    )
    const made = (op: string): number => occurrences(after, op) - occurrences(graph, op)
    const [forward, back] = [made('scaled_kl'), made('kl_gradient')]
    if (forward + back > 0) {
      const parts = [
        ...(forward > 0 ? [counted(forward, 'divergence')] : []),
        ...(back > 0 ? [counted(back, 'gradient')] : []),
      ]
      note(`temperature and divergence in one pass: ${parts.join(' and ')}`)
    }
    return after
  },
}

function divergence(builder: GraphBuilder, node: Node, inputs: readonly Node[]): Node | undefined {
  if (node.op !== 'kl' || inputs.length !== 2) return undefined
  const [s, t] = node.inputs.map(loweredBy)
  if (s === undefined || s !== t) return undefined
  const logits = inputs.map((low) => input(low, 0))
  return builder.add('scaled_kl', logits, { axis: node.attributes.axis ?? null, divisor: s })
}

/** Where the parts of a gradient are, by the node that it ends in. */
interface Gradient {
  readonly difference: Node
  /** Which operand of the product it is. */
  readonly index: number
  readonly divisor: number
}

type Only = (node: Node) => boolean

function gradientsIn(graph: Graph, only: Only): ReadonlyMap<Node, Gradient> {
  const found = new Map<Node, Gradient>()
  for (const node of graph.nodes) {
    const divisor = loweredBy(node)
    const product = divisor === undefined ? node : input(node, 0)
    if (product.op !== 'multiply' || (divisor !== undefined && !only(product))) continue
    const index = product.inputs.findIndex((one) => one.op === 'subtract' && only(one))
    const difference = product.inputs[index]
    if (difference === undefined) continue
    const shares = difference.inputs
    const [own, wanted] = shares
    if (own?.op !== 'softmax' || wanted?.op !== 'softmax' || own === wanted || !shares.every(only)) continue
    const { axis } = own.attributes
    const g = input(product, 1 - index)
    if (shares.some((one) => one.inputs.length !== 1 || one.attributes.axis !== axis)) continue
    if (g.type.dimensions.some((dimension) => dimension.axis === axis)) continue
    const lowered = shares.map((one) => loweredBy(input(one, 0)))
    // Not divided at all, or all three of them by one number.
    if (lowered.some((one) => one !== divisor)) continue
    found.set(node, { difference, index, divisor: divisor ?? 1 })
  }
  return found
}

function gradient(
  builder: GraphBuilder,
  node: Node,
  inputs: readonly Node[],
  found: ReadonlyMap<Node, Gradient>,
  only: Only,
): Node | undefined {
  const own = found.get(node)
  if (own !== undefined) return builder.add('kl_gradient', operands(node, inputs, own), attributes(own))
  if (node.op !== 'add') return undefined
  const index = node.inputs.findIndex((one) => found.has(one) && only(one))
  if (index < 0) return undefined
  const [back, beside] = [input({ inputs }, index), input({ inputs }, 1 - index)]
  if (back.op !== 'kl_gradient' || back.inputs.length !== 3) return undefined
  if (!equalTypes(beside.type, back.type) || back === beside) return undefined
  return builder.add('kl_gradient', [...back.inputs, beside], back.attributes)
}

/** The logits and the cotangent, in the new graph. */
function operands(node: Node, inputs: readonly Node[], { index, divisor }: Gradient): readonly Node[] {
  const product = loweredBy(node) === undefined ? { inputs } : input({ inputs }, 0)
  const lowered = input(product, index).inputs.map((shares) => input(shares, 0))
  const logits = divisor === 1 ? lowered : lowered.map((low) => input(low, 0))
  return [...logits, input(product, 1 - index)]
}

function attributes({ difference, divisor }: Gradient) {
  return { axis: input(difference, 0).attributes.axis ?? null, divisor }
}

/** The number that a node is divided by. */
function loweredBy(node: Node): number | undefined {
  if (node.op !== 'divide') return undefined
  const { op, attributes } = input(node, 1)
  const { value } = attributes
  return op === 'constant' && typeof value === 'number' && value > 0 && Number.isFinite(value)
    ? value
    : undefined
}

function input({ inputs }: { readonly inputs: readonly Node[] }, index: number): Node {
  const found = inputs[index]
  if (found === undefined) throw new GraphError(`fuse-divergence: input ${index} is missing`)
  return found
}
