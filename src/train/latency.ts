/** How long models take for one text, measured in turn, so that a machine that slows down slows all alike. */

/** Milliseconds for all timed runs together; one more round may end after it. */
const budget = 2000
const fewestRounds = 5
const mostRounds = 100

/**
 * The median milliseconds of each run. Every round times each run once, directly behind an untimed run of
 * itself: its caches are then as warm behind a large model as behind a small one.
 * @param clock milliseconds
 */
export function medianTimes<Key>(
  runs: ReadonlyMap<Key, () => void>,
  clock: () => number,
): ReadonlyMap<Key, number> {
  const times = new Map<Key, number[]>([...runs.keys()].map((key) => [key, []]))
  // The first two runs compile, and fill what is allocated once.
  for (const run of [...runs.values(), ...runs.values()]) run()
  const begun = clock()
  for (let round = 0; round < mostRounds; round++) {
    if (round >= fewestRounds && clock() - begun >= budget) break
    for (const [key, run] of runs) {
      run()
      const start = clock()
      run()
      times.get(key)?.push(clock() - start)
    }
  }
  return new Map([...times].map(([key, own]) => [key, median(own)]))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
