/**
 * softmax(x / c + bias[, mask])                         ==> scaled_softmax(x, bias[, mask]){divisor: c}
 * softmax_gradient(y, g * d) / c, d the dropout factors ==> scaled_softmax_gradient(y, g, d){divisor: c}
 * and so with a product by a power of two for the quotient, which it equals to the bit
 *
 * What attention makes of its scores, and the way back, are as large as the scores are: tokens x tokens for each head. One pass over them instead of three. Only
 * where nobody else reads what lies between: a loss on the scores keeps them.
 */
import { type Attributes, type GraphBuilder, GraphError, type Node } from '../../graph/graph.ts'
import { equalTypes, hasAxis } from '../../graph/type.ts'
import type { Pass } from '../pass.ts'
import { readersOf } from '../readers.ts'
import { rewrite } from '../rewrite.ts'

export const fuseSoftmaxMaskDropout: Pass = {
  name: 'fuse-softmax-mask-dropout',
  phase: 'step',
  summary: 'attention: scale, bias, mask and softmax in one pass over the scores, and so for their gradient',
  run: (graph, { ops, capabilities, moved }) => {
    const readers = readersOf(graph)
    const only = (node: Node): boolean => readers(node) === 1
    return rewrite(
      graph,
      ops,
      (builder, node, inputs) => {
        if (node.op === 'softmax' && capabilities.has('scaled_softmax'))
          return shares(builder, node, inputs, only)
        if (capabilities.has('scaled_softmax_gradient')) return scoreGradient(builder, node, inputs, only)
        return undefined
      },
      moved,
    )
  },
}

type Only = (node: Node) => boolean

function shares(builder: GraphBuilder, node: Node, inputs: readonly Node[], only: Only): Node | undefined {
  const raised = input(node, 0)
  if (raised.op !== 'add' || !only(raised)) return undefined
  for (const k of [0, 1]) {
    const scaled = input(raised, k)
    const quotient = quotientOf(scaled)
    if (quotient === undefined || !only(scaled) || !equalTypes(scaled.type, node.type)) continue
    const bias = input(input({ inputs }, 0), 1 - k)
    if (bias.type.dimensions.some(({ axis }) => !hasAxis(scaled.type, axis))) continue
    const scores = input(input(input({ inputs }, 0), k), quotient.index)
    return builder.add('scaled_softmax', [scores, bias, ...inputs.slice(1)], attributes(node, quotient))
  }
  return undefined
}

function scoreGradient(
  builder: GraphBuilder,
  node: Node,
  inputs: readonly Node[],
  only: Only,
): Node | undefined {
  const quotient = quotientOf(node)
  if (quotient === undefined) return undefined
  const back = input(node, quotient.index)
  if (back.op !== 'softmax_gradient' || !only(back)) return undefined
  const kept = input(back, 1)
  if (kept.op !== 'multiply' || !only(kept)) return undefined
  const gradient = input({ inputs }, quotient.index)
  const [y, product] = [input(gradient, 0), input(gradient, 1)]
  if (product.inputs.some(({ type }) => !equalTypes(type, node.type))) return undefined
  return builder.add('scaled_softmax_gradient', [y, ...product.inputs], attributes(back, quotient))
}

interface Quotient {
  /** Which input it is that is divided. */
  readonly index: number
  readonly divisor: number
}

/** x / c, c a constant, or x * c, c a power of two. */
function quotientOf(node: Node): Quotient | undefined {
  if (node.op !== 'divide' && node.op !== 'multiply') return undefined
  for (const index of node.op === 'divide' ? [0] : [0, 1]) {
    const { op, attributes } = input(node, 1 - index)
    const { value } = attributes
    if (op !== 'constant' || typeof value !== 'number' || !Number.isFinite(value) || value === 0) continue
    if (node.op === 'divide') return { index, divisor: value }
    if (Number.isInteger(Math.log2(Math.abs(value)))) return { index, divisor: 1 / value }
  }
  return undefined
}

function attributes(node: Node, { divisor }: Quotient): Attributes {
  return { axis: node.attributes.axis ?? null, divisor }
}

function input({ inputs }: { readonly inputs: readonly Node[] }, index: number): Node {
  const found = inputs[index]
  if (found === undefined) throw new GraphError(`fuse-softmax-mask-dropout: input ${index} is missing`)
  return found
}
