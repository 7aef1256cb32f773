/**
 * Rewriting a graph from its leaves upwards. The new graph is built anew, in the order of the old one, so that a replacement stands where what it replaces
 * stood: printed layers stay alike, and nodes that have become equal become one.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { Builder } from '../graph/build.ts'
import { type Graph, type GraphBuilder, GraphError, type Node } from '../graph/graph.ts'
import { equalTypes, printType } from '../graph/type.ts'
import type { Ops } from './pass.ts'

/**
 * What to have in place of `node`, given its inputs in the new graph; undefined keeps it. The replacement has the type of the node. What the builder makes
 * has the source of the node, where no other is given.
 */
export type Rule = (builder: GraphBuilder, node: Node, inputs: readonly Node[]) => Node | undefined
type Moved = (before: Node, after: Node) => void

/**
 * The graph after one walk with a rule; the same object where the rule has never fired. `moved` is told of each old node's new one.
 * Throws GraphError for a replacement of another type.
 */
export function rewrite(graph: Graph, ops: Ops, rule: Rule, moved?: Moved): Graph {
  const builder = new Builder(ops)
  const made = new Map<Node, Node>()
  let fired = false
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => newOf(made, input))
    const replacement = rule(sourced(builder, node.source), node, inputs)
    if (replacement !== undefined && !equalTypes(replacement.type, node.type)) {
      throw new GraphError(
        `${node.op} ${printType(node.type)} became ${replacement.op} ${printType(replacement.type)}`,
      )
    }
    fired ||= replacement !== undefined
    made.set(node, replacement ?? builder.add(node.op, inputs, node.attributes, node.source))
  }
  if (!fired) return graph
  const outputs = new Map([...graph.outputs].map(([name, node]) => [name, newOf(made, node)]))
  if (moved) for (const [before, after] of made) moved(before, after)
  return builder.finish(graph.name, outputs)
}

/** No rule that makes graphs cheaper or shorter needs more walks. */
const mostWalks = 64

/** Walks until the rule fires no more: a second application changes nothing. `fresh` makes the rule of one walk. Throws GraphError for a rule without an end. */
export function rewriteFully(
  graph: Graph,
  ops: Ops,
  fresh: (graph: Graph) => Rule,
  moved: Moved = () => {},
): Graph {
  let [before, after] = [graph, rewrite(graph, ops, fresh(graph), moved)]
  for (let walks = 1; after !== before; walks++) {
    if (walks > mostWalks) throw new GraphError(`${graph.name}: a rule fires without end`)
    ;[before, after] = [after, rewrite(after, ops, fresh(after), moved)]
  }
  return after
}

function newOf(made: ReadonlyMap<Node, Node>, node: Node): Node {
  const found = made.get(node)
  if (found === undefined) throw new GraphError(`${node.op} (id ${node.id}) is used before it is made`)
  return found
}

/** The builder, but what it makes comes from where the rewritten node does. */
function sourced(builder: GraphBuilder, origin: Span | undefined): GraphBuilder {
  if (origin === undefined) return builder
  return {
    add: (op, inputs, attributes, source = origin) => builder.add(op, inputs, attributes, source),
    input: (name, type, source = origin) => builder.input(name, type, source),
    parameter: (name, type, source = origin) => builder.parameter(name, type, source),
    constant: (value) => builder.constant(value),
    finish: (name, outputs) => builder.finish(name, outputs),
  }
}
