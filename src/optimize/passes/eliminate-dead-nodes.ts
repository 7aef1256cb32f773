/**
 * an output `unread PATH`, and every node from which no path leads to another output ==> nothing
 *
 * Layers of a teacher above its deepest tap, heads and poolers that no loss reads.
 */
import { reachable } from '../../graph/build.ts'
import type { Graph } from '../../graph/graph.ts'
import { unreadPath } from '../../graph/unread.ts'
import { counted, operations } from '../census.ts'
import type { Pass } from '../pass.ts'

export const eliminateDeadNodes: Pass = {
  name: 'eliminate-dead-nodes',
  phase: 'forward',
  summary: 'values that no loss reads are not computed',
  run: (graph, { note }) => {
    const outputs = new Map([...graph.outputs].filter(([name]) => unreadPath(name) === undefined))
    const nodes = reachable(outputs.values())
    if (nodes.length === graph.nodes.length && outputs.size === graph.outputs.size) return graph
    const rest: Graph = { ...graph, nodes, outputs }
    const dropped = counted(operations(graph) - operations(rest), 'operation')
    const ends = [...graph.outputs.keys()].flatMap((name) => unreadPath(name) ?? [])
    note(
      ends.length === 0
        ? `${dropped} without readers dropped`
        : `${dropped} dropped: no loss reads ${named(ends)}`,
    )
    return rest
  },
}

/** The number of paths that are named; the rest is counted. */
const told = 4

function named(paths: readonly string[]): string {
  const more = paths.length - told
  return more > 0 ? `${paths.slice(0, told).join(', ')} and ${more} more` : paths.join(', ')
}
