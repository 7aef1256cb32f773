/**
 * A hash of what a graph computes: equal for graphs of the same nodes and outputs, whatever they are called.
 */
import { createHash } from 'node:crypto'
import type { Graph, Node } from './graph.ts'

export function graphIdentity({ nodes, outputs }: Graph): string {
  const sha = createHash('sha256')
  const places = new Map(nodes.map((node, i) => [node, i]))
  const placesOf = (list: Iterable<Node>) => Array.from(list, (node) => places.get(node))
  for (const { op, inputs, attributes } of nodes)
    sha.update(JSON.stringify([op, placesOf(inputs), attributes]))
  return sha
    .update(JSON.stringify(placesOf(outputs.values())))
    .digest('hex')
    .slice(0, 32)
}
