/**
 * softmax(x / c + bias[, mask])                         ==> scaled_softmax(x, bias[, mask]){divisor: c}
 * softmax_gradient(y, g * d) / c, d the dropout factors ==> scaled_softmax_gradient(y, g, d){divisor: c}
 * and so with a product by a power of two for the quotient, which it equals to the bit
 *
 * What attention makes of its scores, and the backward pass, are as large as the scores are: tokens x tokens
 * for each head. One pass over them instead of three. Only if nothing else reads the values between: a loss
 * on the scores keeps them.
 */
import { type Attributes, type Graph, type GraphBuilder, GraphError, type Node } from '../../graph/graph.ts'
import { equalTypes, hasAxis } from '../../graph/type.ts'
import { counted, occurrences } from '../census.ts'
import type { Pass, PassContext } from '../pass.ts'
import { readBy, readersOf, termsBeyond } from '../readers.ts'
import { rewrite } from '../rewrite.ts'

export const fuseSoftmaxMaskDropout: Pass = {
  name: 'fuse-softmax-mask-dropout',
  phase: 'step',
  summary:
    'attention: scale, bias, mask and softmax in one pass over the scores, and their gradient in another',
  run: (graph, context) => {
    const { ops, capabilities, moved } = context
    const readers = readersOf(graph)
    const only = (node: Node): boolean => readers(node) === 1
    const after = rewrite(
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
    remark(graph, after, context)
    return after
  },
}

/**
 * What was fused, and where attention is not: other operations read its scores, or the backend has no kernel.
 */
function remark(before: Graph, after: Graph, { capabilities, note }: PassContext): void {
  const made = (op: string): number => occurrences(after, op) - occurrences(before, op)
  const [forward, back] = [made('scaled_softmax'), made('scaled_softmax_gradient')]
  if (forward + back > 0) {
    const gradients = back > 0 ? `, ${counted(back, 'gradient')}` : ''
    note(`scale, mask and softmax in one pass: ${counted(forward, 'layer')}${gradients}`)
  }
  const scores = after.nodes.filter(({ op }) => op === 'softmax').map(scoresOf)
  const kept = scores.filter((values) => values.length > 0)
  if (kept.length === 0) return
  const what = `${counted(kept.length, 'softmax', 'softmaxes')} kept`
  if (!capabilities.has('scaled_softmax')) {
    note(`${what}: the backend has no fused kernel`)
    return
  }
  const values = new Set(kept.flat())
  const beyond = termsBeyond(after)
  const readers = after.nodes.filter(
    (node) => node.op !== 'softmax' && !values.has(node) && node.inputs.some((input) => values.has(input)),
  )
  const terms = new Set(readers.flatMap((node) => [...beyond(node)]))
  note(terms.size > 0 ? `${what}: ${readBy(terms)} the scores` : `${what}: other operations read the scores`)
}

/** The sum that a softmax is taken of and its scaled operand; nothing where it is not attention's. */
function scoresOf(softmax: Node): readonly Node[] {
  const raised = input(softmax, 0)
  if (raised.op !== 'add') return []
  const scaled = raised.inputs.find((node) => quotientOf(node) !== undefined)
  return scaled === undefined ? [] : [raised, scaled]
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
