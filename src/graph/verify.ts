/**
 * Checks the guarantees of the builder on a graph. Passes and hand-made graphs are verified in tests and with
 * `--verify`. A broken graph is a compiler bug, so all problems are thrown together as a GraphError.
 */

import { inferType, meaningOf, type OpShapes, reachable } from './build.ts'
import { type Graph, GraphError, type Node } from './graph.ts'
import { leafName } from './leaf.ts'
import { isDropoutMask } from './philox.ts'
import { axisRank, equalTypes, printType } from './type.ts'

/** Throws a GraphError that lists every problem, one in each line. */
export function verify(graph: Graph, ops: OpShapes): void {
  const problems = [
    ...checkOrder(graph),
    ...checkReach(graph),
    ...graph.nodes.flatMap((node) => [...checkCanonicalOrder(node)]),
    ...graph.nodes.flatMap((node) => [...checkType(node, ops)]),
    ...checkMeanings(graph),
    ...checkLeaves(graph),
    ...checkSites(graph),
  ]
  if (problems.length > 0) {
    throw new GraphError(
      `graph ${graph.name} is broken:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    )
  }
}

function describe(node: Node): string {
  const name = leafName(node)
  return `${node.op}${name === undefined ? '' : ` ${name}`} (id ${node.id})`
}

/** Inputs come before their users, ids rise, and no node occurs twice. */
function* checkOrder(graph: Graph): Generator<string> {
  const seen = new Set<Node>()
  let last = Number.NEGATIVE_INFINITY
  for (const node of graph.nodes) {
    if (seen.has(node)) yield `${describe(node)} stands twice`
    else if (node.id <= last) yield `${describe(node)} stands after id ${last}: ids must rise`
    for (const input of node.inputs) {
      if (!seen.has(input)) yield `${describe(node)} reads ${describe(input)}, which does not stand before it`
    }
    seen.add(node)
    last = Math.max(last, node.id)
  }
  for (const [name, node] of graph.outputs) {
    if (!seen.has(node)) yield `output ${name} is ${describe(node)}, which is not among the nodes`
  }
}

function* checkReach(graph: Graph): Generator<string> {
  const needed = new Set(reachable(graph.outputs.values()))
  for (const node of graph.nodes) if (!needed.has(node)) yield `${describe(node)} is read by no output`
}

function* checkCanonicalOrder(node: Node): Generator<string> {
  for (const [i, { axis }] of node.type.dimensions.entries()) {
    const next = node.type.dimensions[i + 1]
    if (next !== undefined && axisRank(axis) >= axisRank(next.axis)) {
      yield `${describe(node)}: axes of ${printType(node.type)} are not in canonical order`
      return
    }
  }
}

function* checkType(node: Node, ops: OpShapes): Generator<string> {
  try {
    const inferred = inferType(ops, node.op, node.inputs, node.attributes)
    if (!equalTypes(inferred, node.type)) {
      yield `${describe(node)}: is ${printType(node.type)}, but its op gives ${printType(inferred)}`
    }
  } catch (error) {
    if (!(error instanceof GraphError)) throw error
    yield `${describe(node)}: ${error.message}`
  }
}

/** Hash-consing: no two nodes of one op, inputs and attributes. */
function* checkMeanings(graph: Graph): Generator<string> {
  const seen = new Map<string, Node>()
  for (const node of graph.nodes) {
    const meaning = meaningOf(node.op, node.inputs, node.attributes)
    const other = seen.get(meaning)
    if (other !== undefined && other !== node) yield `${describe(node)} means the same as ${describe(other)}`
    seen.set(meaning, node)
  }
}

/** One type for a name of an input or parameter. */
function* checkLeaves(graph: Graph): Generator<string> {
  const seen = new Map<string, Node>()
  for (const node of graph.nodes) {
    const name = leafName(node)
    if (name === undefined) continue
    const key = `${node.op} ${name}`
    const other = seen.get(key)
    if (other !== undefined && !equalTypes(other.type, node.type)) {
      yield `${key} has two types: ${printType(other.type)} and ${printType(node.type)}`
    }
    seen.set(key, node)
  }
}

/**
 * Two dropout masks of one site would be the same random numbers; which is what a mask that is recomputed has
 * to be.
 */
function* checkSites(graph: Graph): Generator<string> {
  const seen = new Map<string, Node>()
  for (const node of graph.nodes) {
    const { site } = node.attributes
    if (!isDropoutMask(node) || typeof site !== 'string') continue
    if (node.inputs.some(({ op }) => op === 'again')) continue
    const other = seen.get(site)
    if (other !== undefined && other !== node)
      yield `${describe(node)} and ${describe(other)} share the dropout site ${site}`
    seen.set(site, node)
  }
}
