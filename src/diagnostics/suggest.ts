/** "Did you mean": the candidate nearest to a name, if one is near enough to be a slip of the hand. */

/** The threshold is that of graphql-js (0.4 of the length, and 1 more); a mere difference of case counts 1. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates) {
    if (candidate === name) continue
    const threshold = Math.floor(Math.max(name.length, candidate.length) * 0.4) + 1
    const limit = Math.min(
      threshold,
      best ? best.distance - 1 : threshold,
      Math.max(name.length, candidate.length) - 1,
    )
    if (limit < 1) continue
    const distance =
      name.toLowerCase() === candidate.toLowerCase()
        ? 1
        : editDistance(name.toLowerCase(), candidate.toLowerCase(), limit)
    if (distance <= limit) best = { candidate, distance }
  }
  return best?.candidate
}

/** Damerau-Levenshtein with adjacent swaps (optimal string alignment); more than `limit` is reported as `limit + 1`. */
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
  return previous[b.length] ?? 0
}
