/**
 * The kinds of positions that a graph may ask for (gather_positions.ts): names of their inputs, symbols of
 * their numbers.
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
 * The place whose values are at a position: its own, or that of the one which a dead position (-1 - place)
 * stands for.
 */
export function placeAt(position: number): number {
  return position < 0 ? -1 - position : position
}

export function positionsInput(kind: PositionKind): string {
  return `positions.${kind}`
}
