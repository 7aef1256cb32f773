/**
 * Parts of a graph that can be done some positions at a time: everything computed from some wide rows, up to
 * sums over all positions. What a row is made of there is that row alone, so any share of the positions gives
 * its share of the sums.
 */
import type { Attributes, Axis, Graph, Node, Size } from '../graph/graph.ts'
import { axisIndex, hasAxis, isAxis, sizeOf } from '../graph/type.ts'

export interface RowRegion {
  /** Number of positions, a symbol. */
  readonly rows: Size
  /** Nodes with an axis position, each computed row by row. */
  readonly nodes: ReadonlySet<Node>
  /** Sums over positions: all that the rest of the graph reads of it. */
  readonly sums: ReadonlySet<Node>
}

/** Why a node has no region: the op that reads all its rows at once, or `output`. */
interface Obstacle {
  readonly seed: Node
  readonly reader: string
}

/** Ops that are not row by row, whatever their attributes. */
const acrossRows: ReadonlySet<string> = new Set([
  'gather_positions',
  'scatter_positions',
  'lookup_gradient',
  'chunk',
  'unchunk',
])

/**
 * The region of all seeds that have one and that many rows; undefined where none has. Seeds have an axis
 * position.
 */
export function regionOf(
  graph: Graph,
  rows: Size,
  seeds: readonly Node[],
): { readonly region: RowRegion | undefined; readonly obstacles: readonly Obstacle[] } {
  if (seeds.length === 0) return { region: undefined, obstacles: [] }
  const readers = new Map<Node, Node[]>(graph.nodes.map((node) => [node, []]))
  for (const node of graph.nodes) for (const input of node.inputs) readers.get(input)?.push(node)
  const outputs = new Set(graph.outputs.values())
  const nodes = new Set<Node>()
  const sums = new Set<Node>()
  const obstacles: Obstacle[] = []
  for (const seed of seeds) {
    const own = closure(seed, readers, outputs)
    if ('reader' in own) {
      obstacles.push(own)
      continue
    }
    for (const node of own.nodes) nodes.add(node)
    for (const node of own.sums) sums.add(node)
  }
  if (nodes.size === 0) return { region: undefined, obstacles }
  const again = readAgain(graph, nodes, sums)
  return again === undefined
    ? { region: { rows, nodes, sums }, obstacles }
    : { region: undefined, obstacles: [...obstacles, { seed: again, reader: 'sum' }] }
}

/** All that is computed from the rows of a seed. */
function closure(
  seed: Node,
  readers: ReadonlyMap<Node, readonly Node[]>,
  outputs: ReadonlySet<Node>,
): { readonly nodes: ReadonlySet<Node>; readonly sums: ReadonlySet<Node> } | Obstacle {
  const nodes = new Set<Node>()
  const sums = new Set<Node>()
  const waiting = [seed]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (nodes.has(node)) continue
    if (!rowByRow(node)) return { seed, reader: node.op }
    if (outputs.has(node)) return { seed, reader: 'output' }
    nodes.add(node)
    for (const reader of readers.get(node) ?? []) {
      if (sumsRows(reader)) sums.add(reader)
      else waiting.push(reader)
    }
  }
  return { nodes, sums }
}

/** A node of the region that reads one of its sums: its rows cannot be done before all others were. */
function readAgain(graph: Graph, nodes: ReadonlySet<Node>, sums: ReadonlySet<Node>): Node | undefined {
  const after = new Set<Node>(sums)
  for (const node of graph.nodes) {
    if (!node.inputs.some((input) => after.has(input))) continue
    if (nodes.has(node) || sums.has(node)) return node
    after.add(node)
  }
  return undefined
}

function sumsRows({ op, attributes }: Pick<Node, 'op' | 'attributes'>): boolean {
  return op === 'sum' && listed(attributes, 'axes').includes('position')
}

/** Whether row i of the result depends on row i alone of each input that has rows. */
function rowByRow({ op, inputs, attributes, type }: Node): boolean {
  if (acrossRows.has(op) || !hasAxis(type, 'position')) return false
  if (op === 'contract') {
    const kept = (input: Node | undefined, key: string): boolean => {
      const labels = listed(attributes, key)
      const at = input === undefined ? -1 : axisIndex(input.type, 'position')
      return labels.every((label, i) => (label === 'position') === (i === at))
    }
    return (
      kept(inputs[0], 'left') && kept(inputs[1], 'right') && !listed(attributes, 'sum').includes('position')
    )
  }
  const { axis = null, from = null, to = null } = attributes
  return [axis, from, to].every((name) => name !== 'position') && !sumsRows({ op, attributes })
}

function listed(attributes: Attributes, key: string): readonly Axis[] {
  const list = attributes[key]
  return Array.isArray(list) ? list.filter(isAxis) : []
}

/** The number of positions of a value; undefined where it has no such axis. */
export function rowsOf({ type }: Node): Size | undefined {
  return hasAxis(type, 'position') ? sizeOf(type, 'position') : undefined
}
