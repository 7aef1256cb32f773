/**
 * The kinds of positions in graphs (gather_positions.ts): the names of their inputs and the symbols of their
 * numbers.
 */
import type { RowSymbol } from './graph.ts'

export type PositionKind = 'attended' | 'masked' | 'first_piece'

/** The symbol of each kind's number of positions. */
export const positionSymbols: { readonly [kind in PositionKind]: RowSymbol } = {
  attended: 'R',
  masked: 'M',
  first_piece: 'W',
}
/**
 * The place whose values are at a position: its own, or for a dead position (-1 - place) the place that it
 * repeats.
 */
export function placeAt(position: number): number {
  return position < 0 ? -1 - position : position
}

export function positionsInput(kind: PositionKind): string {
  return `positions.${kind}`
}
