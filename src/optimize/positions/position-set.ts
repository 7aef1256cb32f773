/**
 * Sets of positions (pairs of example and token) in an analysis of a graph: none, those of one kind of rows,
 * or all. Masked positions and first pieces of words are attended. Attended positions are those that
 * `positions.attended` lists, including the first of each example.
 */
import type { Node } from '../../graph/graph.ts'
import { leafName } from '../../graph/leaf.ts'
import { type PositionKind, positionsInput } from '../../graph/positions.ts'

export type PositionSet = 'none' | PositionKind | 'all'

/** One set for the axis token and one for the primed axis, token': together a product of positions. */
export interface Along {
  readonly token: PositionSet
  readonly primed: PositionSet
}

export const nothing: Along = { token: 'none', primed: 'none' }
export const everything: Along = { token: 'all', primed: 'all' }

const sizes: { readonly [set in PositionSet]: number } = {
  none: 0,
  masked: 1,
  first_piece: 1,
  attended: 2,
  all: 3,
}

export function within(a: PositionSet, b: PositionSet): boolean {
  return a === b || sizes[a] < sizes[b]
}

/** A set that holds what is in both: of masked ones and first pieces the former. */
function meet(a: PositionSet, b: PositionSet): PositionSet {
  return sizes[b] < sizes[a] ? b : a
}

function join(a: PositionSet, b: PositionSet): PositionSet {
  if (a === b || sizes[b] < sizes[a]) return a
  return sizes[a] < sizes[b] ? b : 'attended'
}

export function meetAlong(a: Along, b: Along): Along {
  return { token: meet(a.token, b.token), primed: meet(a.primed, b.primed) }
}

export function joinAlong(a: Along, b: Along): Along {
  return { token: join(a.token, b.token), primed: join(a.primed, b.primed) }
}

const kinds = ['attended', 'masked', 'first_piece'] as const satisfies readonly PositionKind[]

/** The kind of the positions that an input lists; undefined for any other node. */
export function kindOfPlaces(places: Node | undefined): PositionKind | undefined {
  const name = places === undefined ? undefined : leafName(places)
  return kinds.find((kind) => positionsInput(kind) === name)
}
