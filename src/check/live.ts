/**
 * Live positions: an operation that mixes positions reads attended ones, or those that the `where` around it
 * selects.
 */

import type { AxisName, Live } from './tensor-term.ts'
import type { Scope, Suffixes } from './values.ts'

/** Records that a suffix had an effect. */
export function reach(suffixes: Suffixes, ...kinds: ('per' | 'where' | 'within')[]): void {
  for (const kind of kinds) {
    const mark = suffixes.marks[kind]
    if (mark) mark.reached = true
  }
}

/** The mask of an operation that mixes the positions of `axis`; undefined where that is not a token axis. */
export function liveMode(scope: Scope, axis: AxisName): Live | undefined {
  if (axis !== 'token' && axis !== "token'") return undefined
  reach(scope.suffixes, 'where')
  return liveOf(scope.suffixes, axis)
}

/** `masked` and `first_piece` select rows. In a pair of tokens, the columns stay attended. */
export function liveOf({ where = 'attended' }: Suffixes, axis: 'token' | "token'"): Live {
  if (axis === 'token') return where
  return where === 'any' ? 'any' : 'attended'
}
