/** Checks that a runner has the products of a graph. No runner silently computes in another precision. */
import { type Graph, GraphError } from '../graph/graph.ts'
import { precisionOf, productsIn } from '../graph/precision.ts'
import type { Runner } from './runner.ts'

/**
 * Throws GraphError for a graph with products of a precision that a runner lacks. Call it before a graph runs
 * for the first time.
 */
export function requireProducts(
  graph: Graph,
  { name, capabilities }: Pick<Runner, 'name' | 'capabilities'>,
): void {
  for (const { op, attributes } of graph.nodes) {
    const precision = precisionOf(attributes)
    if (precision !== undefined && capabilities?.has(productsIn(precision)) !== true)
      throw new GraphError(`${name}: ${op} in ${precision}, which it does not have`)
  }
}
