/**
 * Evaluates a graph node by node in float64, by the ops' own obvious code: the oracle that every other
 * backend is compared with. A value is dropped after its last use.
 */
import {
  type Graph,
  GraphError,
  type Node,
  type OpDefinition,
  type ReferenceEnvironment,
  type ReferenceValue,
} from '../../graph/graph.ts'
import { constantValue, leafName } from '../../graph/leaf.ts'

export type Ops = { readonly [name: string]: OpDefinition }
/** The value of an input or parameter leaf. */
export type Leaves = (node: Node, name: string) => ReferenceValue

/**
 * The outputs of a graph, by name. `visit` sees each node with its value, in order, and ends the evaluation
 * by returning false; outputs that were not reached are then missing. Throws GraphError for an op that `ops`
 * lacks.
 */
export function evaluateGraph(
  ops: Ops,
  graph: Graph,
  leaves: Leaves,
  environment: ReferenceEnvironment,
  visit: (node: Node, value: ReferenceValue) => boolean = () => true,
): ReadonlyMap<string, ReferenceValue> {
  const values = new Map<Node, ReferenceValue>()
  const users = userCounts(graph)
  const outputs = new Map<Node, ReferenceValue>()
  const wanted = new Set(graph.outputs.values())
  for (const node of graph.nodes) {
    const value = evaluateNode(ops, node, values, leaves, environment)
    values.set(node, value)
    if (wanted.has(node)) outputs.set(node, value)
    if (!visit(node, value)) break
    for (const input of node.inputs) {
      const left = (users.get(input) ?? 0) - 1
      users.set(input, left)
      if (left === 0) values.delete(input)
    }
  }
  const named = [...graph.outputs].map(([name, node]) => [name, outputs.get(node)] as const)
  return new Map(named.filter((entry): entry is readonly [string, ReferenceValue] => entry[1] !== undefined))
}

function userCounts(graph: Graph): Map<Node, number> {
  const users = new Map<Node, number>()
  for (const node of graph.nodes) {
    for (const input of node.inputs) users.set(input, (users.get(input) ?? 0) + 1)
  }
  return users
}

function evaluateNode(
  ops: Ops,
  node: Node,
  values: ReadonlyMap<Node, ReferenceValue>,
  leaves: Leaves,
  environment: ReferenceEnvironment,
): ReferenceValue {
  const constant = constantValue(node)
  if (constant !== undefined) return { shape: [], data: Float64Array.of(constant) }
  const name = leafName(node)
  if (name !== undefined) return leaves(node, name)
  if (node.op === 'vector') return vectorValue(node)
  const definition = ops[node.op]
  if (definition === undefined) throw new GraphError(`reference: no such op: ${node.op}`)
  const inputs = node.inputs.map((input) => {
    const value = values.get(input)
    if (value === undefined) throw new GraphError(`reference: ${node.op} before its input ${input.op}`)
    return { value, type: input.type }
  })
  return definition.evaluate(inputs, node.attributes, node.type, environment)
}

function vectorValue(node: Node): ReferenceValue {
  const { values } = node.attributes
  if (!Array.isArray(values)) throw new GraphError('reference: a vector without values')
  const data = Float64Array.from(values, Number)
  return { shape: [data.length], data }
}
