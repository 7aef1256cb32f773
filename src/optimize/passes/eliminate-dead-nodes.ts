/**
 * a node from which no path leads to an output ==> nothing
 *
 * Layers of a teacher above its deepest tap, heads and poolers that no loss reads.
 */
import { reachable } from '../../graph/build.ts'
import { counted, operations } from '../census.ts'
import type { Pass } from '../pass.ts'

export const eliminateDeadNodes: Pass = {
  name: 'eliminate-dead-nodes',
  phase: 'forward',
  summary: 'what no loss reads is not computed',
  run: (graph, { note }) => {
    const nodes = reachable(graph.outputs.values())
    if (nodes.length === graph.nodes.length) return graph
    const rest = { ...graph, nodes }
    note(`${counted(operations(graph) - operations(rest), 'operation')} that nobody reads dropped`)
    return rest
  },
}
