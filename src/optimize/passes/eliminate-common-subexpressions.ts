/**
 * add(a, b), add(b, a)                    ==> one node (so for all ops that may exchange their inputs, and for products of two tensors)
 * rename(rename(x, a -> b), b -> c)       ==> rename(x, a -> c), and x itself where c is a
 * cast(x, its own dtype)                  ==> x
 *
 * Equal nodes are one node already (build.ts); what is left is what is equal without looking so. Two dropouts
 * are never equal: their sites differ, and a site is an attribute.
 */
import { canonicalJson } from '../../graph/build.ts'
import type { Attributes, AttributeValue, GraphBuilder, Node } from '../../graph/graph.ts'
import { counted, operations } from '../census.ts'
import type { Pass } from '../pass.ts'
import { type Rule, rewriteFully } from '../rewrite.ts'

const exchangeable: ReadonlySet<string> = new Set([
  'add',
  'multiply',
  'minimum',
  'maximum',
  'equal',
  'not_equal',
  'and',
])

export const eliminateCommonSubexpressions: Pass = {
  name: 'eliminate-common-subexpressions',
  phase: 'forward',
  summary: 'equal values are computed once',
  run: (graph, { ops, moved, note }) => {
    const after = rewriteFully(graph, ops, merging, moved)
    if (after === graph) return graph
    const fewer = operations(graph) - operations(after)
    note(fewer > 0 ? `${counted(fewer, 'operation')} fewer, equal to others` : 'chains of renames shortened')
    return after
  },
}

/** The rule of one walk. It stores nodes whose inputs may be exchanged by their meaning. */
function merging(): Rule {
  const first = new Map<string, Pick<Node, 'op' | 'inputs' | 'attributes' | 'source'>>()
  return (builder, node, inputs) => {
    const shorter = withoutDetour(builder, node, inputs)
    if (shorter !== undefined) return shorter
    const meaning = orderlessMeaning(node, inputs)
    if (meaning === undefined) return undefined
    const known = first.get(meaning)
    if (known === undefined) {
      first.set(meaning, { ...node, inputs })
      return undefined
    }
    const same = known.inputs.every((input, i) => input === inputs[i])
    return same ? undefined : builder.add(known.op, known.inputs, known.attributes, known.source)
  }
}

/**
 * The same text for nodes that differ in the order of their inputs only; undefined where the order matters.
 */
function orderlessMeaning({ op, attributes }: Node, inputs: readonly Node[]): string | undefined {
  const [a, b] = inputs
  if (a === undefined || b === undefined) return undefined
  if (exchangeable.has(op)) return `${op}(${[a.id, b.id].sort((x, y) => x - y).join(',')})`
  // in int8 the right one is the weight
  if (op !== 'contract' || attributes.precision === 'int8') return undefined
  const sides = [side(a, attributes.left), side(b, attributes.right)].sort()
  return `${op}(${sides.join(',')})${canonicalJson([summed(attributes), attributes.precision ?? null])}`
}

function side(operand: Node, labels: AttributeValue | undefined): string {
  return `${operand.id}:${canonicalJson(labels ?? null)}`
}

function summed({ sum }: Attributes): string[] {
  return Array.isArray(sum) ? sum.map(String).sort() : []
}

function withoutDetour(builder: GraphBuilder, node: Node, [x]: readonly Node[]): Node | undefined {
  if (x === undefined) return undefined
  if (node.op === 'cast') return x.type.dtype === node.attributes.dtype ? x : undefined
  const [origin] = x.inputs
  if (node.op !== 'rename' || x.op !== 'rename' || origin === undefined) return undefined
  if (x.attributes.to !== node.attributes.from) return undefined
  const [from, to] = [x.attributes.from ?? null, node.attributes.to ?? null]
  return from === to ? origin : builder.add('rename', [origin], { from, to })
}
