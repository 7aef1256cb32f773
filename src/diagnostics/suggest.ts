/** "Did you mean": the candidate nearest to a name, if it is near enough to be a misspelling. */

import type { Fix } from './diagnostic.ts'

/** What to write instead of an unknown name. */
export interface Hint {
  /** A known name: `layers`. */
  readonly similar?: string
  /** A sentence, if another name alone is no remedy. */
  readonly help?: string
  readonly fix?: Fix
}

/** The help of an unknown name without a hint. */
export function knownHere(known: readonly string[]): string | undefined {
  return known.length === 0 ? undefined : `known here: ${known.join(', ')}`
}

/** A hint as the parts of a message. `otherwise` is the help of a hint without one. */
export function hinted({ help, ...hint }: Hint, otherwise?: string): Hint {
  const said = help ?? (hint.similar === undefined ? otherwise : undefined)
  return { ...hint, ...(said === undefined ? {} : { help: said }) }
}

/**
 * The limit is that of graphql-js: 1 + 0.4 of the length of the name. For words under seven letters it is at
 * most 2, since a greater distance means another word. A difference in case alone is always near. Names
 * without a common letter are not near.
 */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  let best: { candidate: string; distance: number } | undefined
  const relative = Math.floor(name.length * 0.4) + 1
  const threshold = name.length < 7 ? Math.min(relative, 2) : relative
  for (const candidate of candidates) {
    if (candidate === name) continue
    const limit = best ? best.distance - 1 : threshold
    if (limit < 1) break
    const [written, meant] = [name.toLowerCase(), candidate.toLowerCase()]
    const distance = written === meant ? 1 : editDistance(written, meant, limit)
    const replaced = distance >= Math.max(name.length, candidate.length) && written !== meant
    if (distance <= limit && !replaced) best = { candidate, distance }
  }
  return best?.candidate
}

/**
 * Damerau-Levenshtein distance with swaps of adjacent letters (optimal string alignment). Distances over
 * `limit` are returned as `limit + 1`.
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let distance = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (before[j - 2] ?? 0) + 1)
      }
      row.push(distance)
    }
    if (Math.min(...row) > limit) return limit + 1
    before = previous
    previous = row
  }
  return Math.min(previous[b.length] ?? 0, limit + 1)
}
