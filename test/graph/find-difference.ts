/** Whether two graphs mean the same: how the order of leaves and the ids differ does not matter. */
import { canonicalJson } from '../../src/graph/build.ts'
import type { Graph, Node } from '../../src/graph/graph.ts'
import { equalTypes } from '../../src/graph/type.ts'

/** Where two graphs first differ, in words; undefined where they are equal. */
export function findDifference(a: Graph, b: Graph): string | undefined {
  if (a.name !== b.name) return `names: ${a.name}, ${b.name}`
  if (a.nodes.length !== b.nodes.length) return `numbers of nodes: ${a.nodes.length}, ${b.nodes.length}`
  const names = [...a.outputs.keys()]
  const others = [...b.outputs.keys()]
  if (canonicalJson(names) !== canonicalJson(others))
    return `outputs: ${names.join(', ')}; ${others.join(', ')}`
  const partner = new Map<Node, Node>()
  const pairs: [Node, Node][] = []
  const pair = (left: Node, right: Node): boolean => {
    const known = partner.get(left)
    if (known !== undefined) return known === right
    partner.set(left, right)
    pairs.push([left, right])
    return true
  }
  for (const [name, node] of a.outputs) {
    const other = b.outputs.get(name)
    if (other === undefined || !pair(node, other)) return `output ${name}`
  }
  for (const [left, right] of pairs) {
    const same =
      left.op === right.op &&
      left.inputs.length === right.inputs.length &&
      equalTypes(left.type, right.type) &&
      canonicalJson(left.attributes) === canonicalJson(right.attributes)
    if (!same) return `${left.op} (id ${left.id}) and ${right.op} (id ${right.id})`
    for (const [i, input] of left.inputs.entries()) {
      const other = right.inputs[i]
      if (other === undefined || !pair(input, other))
        return `input ${i} of ${left.op} (ids ${left.id}, ${right.id})`
    }
  }
  return undefined
}
