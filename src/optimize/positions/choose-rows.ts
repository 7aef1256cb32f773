/** Which values of a graph are worth being computed in dense rows. */
import { nodeFlops } from '../../graph/cost.ts'
import type { Graph, Node } from '../../graph/graph.ts'
import type { PositionKind } from '../../graph/positions.ts'
import { type BatchSizes, elementCount, hasAxis } from '../../graph/type.ts'
import { demandOf } from './demand.ts'
import type { Zeros } from './known-zero.ts'
import { within } from './position-set.ts'
import { worksByPosition } from './row-wise.ts'

/** The share of a batch's positions that are first pieces of words, or attended: a guess, for costs. */
const usualShare = { first_piece: 0.5, attended: 0.7, masked: 0.2 } as const
/** Operations that take as long as moving one number into a row or out of it. */
const movingCost = 4

/** The kind of rows of each value that is to be computed in rows. */
export type Choice = ReadonlyMap<Node, PositionKind>

/**
 * Chooses values that are read, or can differ from zero, only at positions of one of these kinds. Connected
 * values are taken together or not at all: they are taken if there is a product among them, and rows save
 * more operations than gathering and scattering take.
 */
export function chooseRows(
  graph: Graph,
  zeros: Zeros,
  kinds: readonly PositionKind[],
  sizes: BatchSizes,
): Choice {
  const demand = demandOf(graph, zeros, graph.outputs.values())
  const fitting = new Map<Node, PositionKind>()
  for (const node of graph.nodes) {
    if (!worksByPosition(node) || zeros.isMask(node)) continue
    const { token } = demand(node)
    const kind = token === 'none' ? undefined : kinds.find((rows) => within(token, rows))
    if (kind !== undefined) fitting.set(node, kind)
  }
  if (fitting.size === 0) return fitting
  const readers = new Map<Node, Node[]>()
  for (const node of graph.nodes)
    for (const input of node.inputs) {
      const list = readers.get(input)
      if (list === undefined) readers.set(input, [node])
      else list.push(node)
    }
  const isOutput = new Set(graph.outputs.values())
  const chosen = new Map<Node, PositionKind>()
  for (const group of groupsOf(fitting, readers)) {
    const [first] = group
    const kind = first === undefined ? undefined : fitting.get(first)
    if (kind === undefined || !group.some(isProduct)) continue
    const share = shareOf(kind, sizes)
    const members = new Set(group)
    const leaves = (node: Node): boolean =>
      isOutput.has(node) ||
      (readers.get(node) ?? []).some((reader) => !members.has(reader) && !sumsUp(reader))
    const entering = new Set(group.flatMap((node) => node.inputs.filter((input) => !members.has(input))))
    const moved =
      numbers([...entering].filter(hasPositions), sizes) * share + numbers(group.filter(leaves), sizes)
    const saved = (1 - share) * group.reduce((sum, node) => sum + nodeFlops(node, sizes), 0)
    if (saved > movingCost * moved) for (const node of group) chosen.set(node, kind)
  }
  return chosen
}

/** Products whose time is worth saving. */
export function isProduct({ op }: Node): boolean {
  return op === 'linear' || op === 'contract'
}

function hasPositions({ type }: Node): boolean {
  return hasAxis(type, 'example') && hasAxis(type, 'token')
}

/** A sum over all examples and tokens is one over rows. */
export function sumsUp({ op, inputs: [x], type }: Node): boolean {
  const gone = (axis: 'example' | 'token'): boolean =>
    x !== undefined && hasAxis(x.type, axis) && !hasAxis(type, axis)
  return op === 'sum' && gone('example') && gone('token')
}

function numbers(nodes: readonly Node[], sizes: BatchSizes): number {
  return nodes.reduce((sum, { type }) => sum + elementCount(type, sizes), 0)
}

function shareOf(kind: PositionKind, sizes: BatchSizes): number {
  if (kind !== 'masked' || sizes.M === undefined) return usualShare[kind]
  return Math.min(1, sizes.M / (sizes.B * sizes.L))
}

/** Values of one kind that are connected by what they read, in the order of their first ones. */
function groupsOf(
  fitting: ReadonlyMap<Node, PositionKind>,
  readers: ReadonlyMap<Node, readonly Node[]>,
): readonly (readonly Node[])[] {
  const seen = new Set<Node>()
  const groups: Node[][] = []
  for (const [start, kind] of fitting) {
    if (seen.has(start)) continue
    seen.add(start)
    const group = [start]
    for (const node of group) {
      for (const next of [...node.inputs, ...(readers.get(node) ?? [])]) {
        if (fitting.get(next) !== kind || seen.has(next)) continue
        seen.add(next)
        group.push(next)
      }
    }
    groups.push(group)
  }
  return groups
}
