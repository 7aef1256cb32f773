/**
 * Rewrites a graph from its leaves upwards. The new graph is built in the order of the old one, so that a
 * replacement is at the place of the node that it replaces. So printed layers stay alike, and nodes that have
 * become equal become one.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { Builder } from '../graph/build.ts'
import {
  type Attributes,
  type Graph,
  type GraphBuilder,
  GraphError,
  type Node,
  type OpName,
  type TensorType,
} from '../graph/graph.ts'
import { equalTypes, printType } from '../graph/type.ts'
import type { Ops } from './pass.ts'

/**
 * The replacement of `node`, given its inputs in the new graph; undefined keeps it. It must have the type of
 * the node. New nodes have the source of the node, unless another is given.
 */
export type Rule = (builder: GraphBuilder, node: Node, inputs: readonly Node[]) => Node | undefined
type Moved = (before: Node, after: Node) => void

/**
 * The graph after one walk with a rule; the same object where the rule has never fired. `moved` gets
 * each old node's new one. Throws GraphError for a replacement of another type.
 */
export function rewrite(graph: Graph, ops: Ops, rule: Rule, moved?: Moved): Graph {
  const builder = new Builder(ops)
  const sourced = new SourcedBuilder(builder)
  const made = new Map<Node, Node>()
  let fired = false
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => newOf(made, input))
    sourced.origin = node.source
    const replacement = rule(sourced, node, inputs)
    if (replacement !== undefined && !equalTypes(replacement.type, node.type)) {
      throw new GraphError(
        `${node.op} ${printType(node.type)} became ${replacement.op} ${printType(replacement.type)}`,
      )
    }
    fired ||= replacement !== undefined
    made.set(node, replacement ?? kept(builder, node, inputs))
  }
  if (!fired) return graph
  const outputs = new Map([...graph.outputs].map(([name, node]) => [name, newOf(made, node)]))
  if (moved) for (const [before, after] of made) moved(before, after)
  return builder.finish(graph.name, outputs)
}

/** No rule that makes graphs cheaper or shorter needs more walks. */
const mostWalks = 64

/**
 * Walks until the rule fires no more: a second application changes nothing. `fresh` makes the rule of one
 * walk. Throws GraphError for a rule without an end.
 */
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

/** Up to the first change, the very nodes of the old graph. */
function kept(builder: Builder, node: Node, inputs: readonly Node[]): Node {
  const same = inputs.every((input, i) => input === node.inputs[i])
  return (same ? builder.adopt(node) : undefined) ?? builder.copy(node, inputs)
}

/** The builder, but what it makes comes from where the rewritten node does. */
class SourcedBuilder implements GraphBuilder {
  origin: Span | undefined
  private readonly builder: GraphBuilder

  constructor(builder: GraphBuilder) {
    this.builder = builder
  }

  add(op: OpName, inputs: readonly Node[], attributes?: Attributes, source = this.origin): Node {
    return this.builder.add(op, inputs, attributes, source)
  }

  input(name: string, type: TensorType, source = this.origin): Node {
    return this.builder.input(name, type, source)
  }

  parameter(name: string, type: TensorType, source = this.origin): Node {
    return this.builder.parameter(name, type, source)
  }

  constant(value: number): Node {
    return this.builder.constant(value)
  }

  finish(name: string, outputs: ReadonlyMap<string, Node>): Graph {
    return this.builder.finish(name, outputs)
  }
}
