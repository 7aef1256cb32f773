/** Did-you-mean: the known name nearest to a misspelt one, if it is near enough for its length. */

/** Edits (insert, delete, replace, swap of neighbours) between two words; gives up above `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(replace, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, (before[j - 2] ?? 0) + 1)
      row.push(best)
    }
    before = previous
    previous = row
  }
  return previous[b.length] ?? limit + 1
}

/** The nearest of `known`, or undefined where none is near: at most two edits, one in five letters or so. */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  const limit = name.length <= 2 ? 1 : Math.min(3, 1 + Math.floor(name.length / 4))
  let best: string | undefined
  let least = limit + 1
  for (const candidate of known) {
    if (candidate === name) continue
    const lower = distance(name.toLowerCase(), candidate.toLowerCase(), limit)
    if (lower < least) {
      least = lower
      best = candidate
    }
  }
  return best
}

/** The same, for callers with long tensor names. */
export const nearestName = suggest
