/** What notes of passes count. */
import type { Graph } from '../graph/graph.ts'

/** Operations of a graph: nodes that compute something of others. */
export function operations({ nodes }: Graph): number {
  return nodes.reduce((sum, { inputs }) => sum + (inputs.length > 0 ? 1 : 0), 0)
}

/** Nodes of one op. */
export function occurrences({ nodes }: Graph, op: string): number {
  return nodes.reduce((sum, node) => sum + (node.op === op ? 1 : 0), 0)
}

/** `1 product`, `16 products` */
export function counted(count: number, thing: string, things = `${thing}s`): string {
  return `${count} ${count === 1 ? thing : things}`
}
