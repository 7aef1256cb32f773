/** Nodes of a model that its outputs need: the runtime would run the others too. */
import type { OnnxNode, OnnxValue } from './protobuf.ts'

/** In their order. An end of its own (order.ts) stays where what it reads does. */
export function liveNodes(nodes: readonly OnnxNode[], outputs: readonly OnnxValue[]): readonly OnnxNode[] {
  const needed = new Set(outputs.map(({ name }) => name))
  const live = new Set<OnnxNode>()
  // what a node reads is made before it
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue
    live.add(node)
    for (const input of node.inputs) needed.add(input)
  }
  return nodes.filter(
    (node) => live.has(node) || (node.op === 'Size' && node.inputs.every((input) => needed.has(input))),
  )
}
