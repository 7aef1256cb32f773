/**
 * a node from which no path leads to an output ==> nothing
 *
 * Layers of a teacher above its deepest tap, heads and poolers that no loss reads.
 */
import { reachable } from '../../graph/build.ts'
import type { Pass } from '../pass.ts'

export const eliminateDeadNodes: Pass = {
  name: 'eliminate-dead-nodes',
  phase: 'forward',
  summary: 'what no loss reads is not computed',
  run: (graph) => {
    const nodes = reachable(graph.outputs.values())
    return nodes.length === graph.nodes.length ? graph : { ...graph, nodes }
  },
}
