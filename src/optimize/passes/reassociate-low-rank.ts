/**
 * linear(x, L R, b)  ==> linear(x R^T, L, b)     where that is cheaper: a factorized matrix is not put together to be used on few rows
 * lookup(ids, L R)   ==> lookup(ids, L) R        likewise: only rows that are read are made
 * a (b c)            <=> (a b) c, (a c) b        products of three tensors, in the cheapest order
 *
 * Decided by operations at the sizes of a full micro-batch. A product that n others read is charged to each
 * with 1/n of its cost. Only ever to something cheaper, so it ends.
 */

import { nodeFlops } from '../../graph/cost.ts'
import type { Attributes, Axis, Graph, GraphBuilder, Node } from '../../graph/graph.ts'
import { axisOrder } from '../../graph/graph.ts'
import { precisionAttribute, precisionOf } from '../../graph/precision.ts'
import { isAxis } from '../../graph/type.ts'
import { counted } from '../census.ts'
import type { Pass, PassContext } from '../pass.ts'
import { type Rule, rewriteFully } from '../rewrite.ts'

export const reassociateLowRank: Pass = {
  name: 'reassociate-low-rank',
  phase: 'forward',
  summary: 'products of three matrices are computed in the cheapest order',
  run: (graph, context) => {
    let reordered = 0
    const result = rewriteFully(
      graph,
      context.ops,
      (before) => {
        const rule = reassociating(before, context)
        return (builder, node, inputs) => {
          const better = rule(builder, node, inputs)
          if (better !== undefined) reordered++
          return better
        }
      },
      context.moved,
    )
    if (reordered > 0)
      context.note(
        `${counted(reordered, 'product of three matrices', 'products of three matrices')} reordered`,
      )
    return result
  },
}

function reassociating(graph: Graph, { sizes }: PassContext): Rule {
  const readers = new Map<Node, number>()
  const read = (node: Node) => readers.set(node, (readers.get(node) ?? 0) + 1)
  for (const node of graph.nodes) node.inputs.forEach(read)
  for (const node of graph.outputs.values()) read(node)
  const cost = (nodes: readonly Node[]) => nodes.reduce((sum, node) => sum + nodeFlops(node, sizes), 0)

  return (builder, node, inputs) => {
    if (!inputs.some(({ op }) => op === 'contract')) return undefined
    const kept = builder.add(node.op, inputs, node.attributes)
    const options = inputs.flatMap((input, i) => {
      const written = node.inputs[i]
      if (written === undefined || input.op !== 'contract') return []
      const share = cost([input]) / (readers.get(written) ?? 1)
      return orders(builder, node, inputs, i).map((order) => ({
        node: order.at(-1),
        gain: cost([kept]) + share - cost(order),
      }))
    })
    const best = options.reduce<(typeof options)[number] | undefined>(
      (a, b) => (b.gain > (a?.gain ?? 0) ? b : a),
      undefined,
    )
    return best?.node
  }
}

/** Other ways to compute a node whose input `i` is a product: what each computes, its result last. */
function orders(builder: GraphBuilder, node: Node, inputs: readonly Node[], i: number): (readonly Node[])[] {
  const product = inputs[i]
  if (product === undefined) return []
  const factors = matrixFactors(product)
  if (node.op === 'linear' && i === 1 && factors) return through(builder, node.attributes, inputs, factors)
  if (node.op === 'lookup' && i === 1 && factors) return fewRows(builder, node.attributes, inputs, factors)
  if (node.op === 'contract') return triples(builder, node.attributes, inputs, i)
  return []
}

interface Factors {
  readonly left: Node
  readonly right: Node
}

/** L[row, rank] and R[rank, column] of a matrix that is put together of them. */
function matrixFactors({ op, inputs: [left, right], attributes }: Node): Factors | undefined {
  if (op !== 'contract' || left === undefined || right === undefined) return undefined
  const is = (key: string, ...wanted: Axis[]) => labels(attributes, key).join() === wanted.join()
  const plain = is('left', 'row', 'rank') && is('right', 'rank', 'column') && is('sum', 'rank')
  return plain && axesOf(left).join() === 'row,rank' && axesOf(right).join() === 'rank,column'
    ? { left, right }
    : undefined
}

/** linear(x, L R, b) ==> linear(x R^T, L, b) */
function through(
  builder: GraphBuilder,
  attributes: Attributes,
  [x, , bias]: readonly Node[],
  { left, right }: Factors,
): (readonly Node[])[] {
  if (x === undefined || bias === undefined) return []
  const axes = axesOf(x)
  if (axes.includes('rank')) return []
  const inner = builder.add('contract', [x, right], {
    ...precisionAttribute(precisionOf(attributes)),
    left: axes.map((axis) => (axis === 'unit' ? 'column' : axis)),
    right: ['rank', 'column'],
    sum: ['column'],
  })
  const narrow = builder.add('rename', [inner], { from: 'rank', to: 'unit' })
  const weight = builder.add('rename', [left], { from: 'rank', to: 'column' })
  return [[inner, builder.add('linear', [narrow, weight, bias], attributes)]]
}

/** lookup(ids, L R) ==> lookup(ids, L) R */
function fewRows(
  builder: GraphBuilder,
  attributes: Attributes,
  [ids]: readonly Node[],
  { left, right }: Factors,
): (readonly Node[])[] {
  if (ids === undefined) return []
  const table = builder.add('rename', [left], { from: 'rank', to: 'column' })
  const rows = builder.add('lookup', [ids, table], attributes)
  const own = axesOf(rows).map((axis) => (axis === 'unit' ? 'rank' : axis))
  const wide = builder.add('contract', [rows, right], {
    left: own,
    right: ['rank', 'column'],
    sum: ['rank'],
  })
  return [[wide, builder.add('rename', [wide], { from: 'column', to: 'unit' })]]
}

interface Operand {
  readonly node: Node
  readonly labels: readonly Axis[]
}

/** a (b c) in its two other orders, where the labels allow them. */
function triples(
  builder: GraphBuilder,
  attributes: Attributes,
  inputs: readonly Node[],
  i: number,
): (readonly Node[])[] {
  const [product, other] = [inputs[i], inputs[1 - i]]
  if (product === undefined || other === undefined) return []
  // a product of low precision has a weight on the right: only for such a product its factors may be in low
  // precision, too
  const precision = precisionOf(attributes)
  if (precisionOf(product.attributes) !== undefined || (precision !== undefined && i === 0)) return []
  const [own, its] = i === 0 ? (['left', 'right'] as const) : (['right', 'left'] as const)
  const rest: Operand = { node: other, labels: labels(attributes, its) }
  const outer = labels(attributes, own)
  const used = new Set<Axis>([...outer, ...rest.labels])
  const names = new Map<Axis, Axis>(axesOf(product).map((axis, k) => [axis, outer[k] ?? axis]))
  const hidden = labels(product.attributes, 'sum')
  for (const label of hidden) {
    const free = [label, ...axisOrder].find((axis) => !used.has(axis))
    if (free === undefined) return []
    used.add(free)
    names.set(label, free)
  }
  const renamed = (key: string) => labels(product.attributes, key).map((label) => names.get(label) ?? label)
  const [first, second] = product.inputs
  if (first === undefined || second === undefined) return []
  const b: Operand = { node: first, labels: renamed('left') }
  const c: Operand = { node: second, labels: renamed('right') }
  const sums = [...labels(attributes, 'sum'), ...hidden.map((label) => names.get(label) ?? label)]
  return [[b, c] as const, [c, b] as const]
    .map(([next, last]) => pairFirst(builder, rest, next, last, sums, precisionAttribute(precision)))
    .filter((order) => order.length > 0)
}

/** (a b) c; nothing where a sum would run over an axis of one operand alone. */
function pairFirst(
  builder: GraphBuilder,
  a: Operand,
  b: Operand,
  c: Operand,
  sums: readonly Axis[],
  precision: Attributes,
): Node[] {
  const early = sums.filter((label) => !c.labels.includes(label))
  if (!early.every((label) => a.labels.includes(label) && b.labels.includes(label))) return []
  const pair = builder.add('contract', [a.node, b.node], {
    left: a.labels,
    right: b.labels,
    sum: early,
    ...precision,
  })
  const late = sums.filter((label) => c.labels.includes(label))
  const left = axesOf(pair)
  if (!late.every((label) => left.includes(label))) return []
  return [pair, builder.add('contract', [pair, c.node], { left, right: c.labels, sum: late, ...precision })]
}

function axesOf(node: Node): Axis[] {
  return node.type.dimensions.map((d) => d.axis)
}

function labels(attributes: Attributes, key: string): Axis[] {
  const list = attributes[key]
  return Array.isArray(list) ? list.filter(isAxis) : []
}
