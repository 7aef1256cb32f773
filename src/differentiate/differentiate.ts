/**
 * Reverse-mode differentiation of a graph at compile time. It walks the nodes backwards from a scalar loss,
 * calls each op's vjp for the cotangents of its inputs, and adds up the cotangents that a node gets from its
 * users. Un-broadcasting is done only here: an op may give its input a cotangent with more axes than the
 * input has, and those are summed. Everything follows the order of the nodes, so equal graphs have equal
 * gradients, to the last bit.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { Builder } from '../graph/build.ts'
import { gradientName } from '../graph/gradient-name.ts'
import { type Graph, type GraphBuilder, GraphError, type Node, type OpDefinition } from '../graph/graph.ts'
import { leafName } from '../graph/leaf.ts'
import { hasAxis, printType } from '../graph/type.ts'
import { SimplifyingBuilder } from './simplify.ts'

export type Ops = { readonly [name: string]: OpDefinition }

/**
 * The graph with all its outputs and, for each of `parameters` that the loss depends on, in their order,
 * `gradient NAME`: d loss / d parameter, of the parameter's own type. Nodes of the graph stay the same
 * objects. A parameter that the loss does not reach, or reaches only through ops without a gradient
 * (stop_gradient), has no output: see `unreached`. Throws GraphError if there is no output `loss`, or if it
 * is no f32 scalar.
 */
export function differentiate(graph: Graph, loss: string, parameters: readonly string[], ops: Ops): Graph {
  const root = graph.outputs.get(loss)
  if (root === undefined) throw new GraphError(`differentiate: no output ${loss}`)
  if (root.type.dtype !== 'f32' || root.type.dimensions.length > 0) {
    throw new GraphError(`differentiate: ${loss} must be a scalar f32[], not ${printType(root.type)}`)
  }
  const builder = new SimplifyingBuilder(Builder.from(graph, ops))
  const cotangents = backward(builder, graph, root, new Set(parameters), ops)
  const leaves = new Map(graph.nodes.filter((n) => n.op === 'parameter').map((n) => [leafName(n), n]))
  const outputs = new Map(graph.outputs)
  for (const parameter of parameters) {
    const leaf = leaves.get(parameter)
    const cotangent = leaf === undefined ? undefined : cotangents.get(leaf)
    if (cotangent !== undefined) outputs.set(gradientName(parameter), cotangent)
  }
  return builder.finish(graph.name, outputs)
}

/** Those of `parameters` for which a differentiated graph has no gradient, in their order. */
export function unreached(differentiated: Graph, parameters: readonly string[]): readonly string[] {
  return parameters.filter((parameter) => !differentiated.outputs.has(gradientName(parameter)))
}

/** The cotangents of all nodes between the root and the wanted parameters. */
function backward(
  builder: GraphBuilder,
  graph: Graph,
  root: Node,
  wanted: ReadonlySet<string>,
  ops: Ops,
): ReadonlyMap<Node, Node> {
  const leading = nodesLeadingTo(graph, wanted, ops)
  const cotangents = new Map<Node, Node>()
  if (leading.has(root)) cotangents.set(root, builder.constant(1))
  for (const node of graph.nodes.toReversed()) {
    const cotangent = cotangents.get(node)
    const vjp = ops[node.op]?.vjp
    if (cotangent === undefined || vjp === undefined) continue
    const contributions = vjp(from(builder, node.source), node, cotangent)
    node.inputs.forEach((input, k) => {
      const contribution = contributions[k]
      if (contribution === undefined || !leading.has(input)) return
      const own = unbroadcast(builder, contribution, input)
      const before = cotangents.get(input)
      cotangents.set(input, before === undefined ? own : builder.add('add', [before, own]))
    })
  }
  return cotangents
}

/**
 * A builder whose nodes have the source of the differentiated node: a profile charges both to one line of the
 * spec.
 */
function from(builder: GraphBuilder, origin: Span | undefined): GraphBuilder {
  if (origin === undefined) return builder
  return {
    add: (op, inputs, attributes, source = origin) => builder.add(op, inputs, attributes, source),
    input: (name, type, source = origin) => builder.input(name, type, source),
    parameter: (name, type, source = origin) => builder.parameter(name, type, source),
    constant: (value) => builder.constant(value),
    finish: (name, outputs) => builder.finish(name, outputs),
  }
}

/**
 * Nodes on the path of a gradient: wanted parameters, and everything that differentiable ops compute from
 * them.
 */
function nodesLeadingTo(graph: Graph, wanted: ReadonlySet<string>, ops: Ops): ReadonlySet<Node> {
  const leading = new Set<Node>()
  for (const node of graph.nodes) {
    if (node.type.dtype !== 'f32') continue
    const name = node.op === 'parameter' ? leafName(node) : undefined
    const own = name !== undefined && wanted.has(name)
    const passes = ops[node.op]?.vjp !== undefined && node.inputs.some((input) => leading.has(input))
    if (own || passes) leading.add(node)
  }
  return leading
}

/** Sums a cotangent over the axes that its node lacks. */
function unbroadcast(builder: GraphBuilder, cotangent: Node, node: Node): Node {
  const extra = cotangent.type.dimensions.map((d) => d.axis).filter((axis) => !hasAxis(node.type, axis))
  const own = extra.length === 0 ? cotangent : builder.add('sum', [cotangent], { axes: extra })
  if (printType(own.type) !== printType(node.type)) {
    throw new GraphError(`differentiate: ${node.op} ${printType(node.type)} got ${printType(cotangent.type)}`)
  }
  return own
}
