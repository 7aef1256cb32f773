/** What `compare` calls runs, and how sure a share is. */
import { describe, expect, it } from 'vitest'
import { shortNames } from '../../src/train/compare.ts'
import { wilson } from '../../src/train/metrics/wilson.ts'

describe('the names of runs', () => {
  it('are the last parts of their folders, as many as tell them apart', () => {
    expect(shortNames(['runs/2026-a', './runs/2026-b/'])).toEqual(['2026-a', '2026-b'])
    expect(shortNames(['grid/rate=1/seed-0', 'grid/rate=2/seed-0'])).toEqual([
      'rate=1/seed-0',
      'rate=2/seed-0',
    ])
    expect(shortNames(['a/b', 'a/b'])).toEqual(['a/b', 'a/b'])
  })
})

describe('the interval of a share', () => {
  it('is that of Wilson', () => {
    // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20.
    for (const [right, of, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
    ] as const) {
      const interval = wilson(right / of, of)
      expect(interval.low).toBeCloseTo(low, 4)
      expect(interval.high).toBeCloseTo(high, 4)
    }
  })
})
