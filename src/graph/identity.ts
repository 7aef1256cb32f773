/**
 * A hash of what a graph computes: equal for graphs of the same nodes and outputs, whatever they are called.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Graph, Node } from './graph.ts'

export function graphIdentity({ nodes, outputs }: Graph): string {
  const sha = sha256.create()
  const places = new Map(nodes.map((node, i) => [node, i]))
  const placesOf = (list: Iterable<Node>) => Array.from(list, (node) => places.get(node))
  const add = (part: unknown) => sha.update(utf8ToBytes(JSON.stringify(part)))
  for (const { op, inputs, attributes } of nodes) add([op, placesOf(inputs), attributes])
  add(placesOf(outputs.values()))
  return bytesToHex(sha.digest()).slice(0, 32)
}
