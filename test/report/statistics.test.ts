/** Numbers worked out apart, by other formulas or by published examples. */
import { describe, expect, it } from 'vitest'
import { bootstrap, calibration, deviation, mcnemar, mean, quantile } from '../../src/report/statistics.ts'
import { wilson } from '../../src/train/metrics/wilson.ts'

describe('mcnemar', () => {
  it('is twice the tail of a fair coin', () => {
    expect(mcnemar(0, 0)).toBe(1)
    expect(mcnemar(0, 8)).toBeCloseTo(2 / 2 ** 8, 12)
    expect(mcnemar(1, 9)).toBeCloseTo((2 * (1 + 10)) / 2 ** 10, 12)
    // 5 of 19: 2 * (1 + 19 + 171 + 969 + 3876 + 11628) / 2^19
    expect(mcnemar(14, 5)).toBeCloseTo((2 * 16664) / 2 ** 19, 12)
    expect(mcnemar(5, 5)).toBe(1)
  })

  it('is small, and a number, for thousands of texts', () => {
    expect(mcnemar(2000, 1500)).toBeGreaterThan(0)
    expect(mcnemar(2000, 1500)).toBeLessThan(1e-10)
    expect(mcnemar(1700, 1750)).toBeCloseTo(0.404, 2)
  })
})

describe('bootstrap', () => {
  const values = Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 0 : 1))
  const shareOf = (rows: Int32Array): number => mean(Array.from(rows, (row) => values[row] ?? 0))

  it('agrees with the interval of a share, and is the same each time', () => {
    const found = bootstrap(values.length, shareOf)
    const known = wilson(0.75, values.length)
    expect(found?.low).toBeCloseTo(known.low, 1)
    expect(found?.high).toBeCloseTo(known.high, 1)
    expect(bootstrap(values.length, shareOf)).toEqual(found)
  })

  it('is left out without examples, for very many, and where the statistic is never finite', () => {
    expect(bootstrap(0, shareOf)).toBeUndefined()
    expect(bootstrap(1e6, shareOf)).toBeUndefined()
    expect(bootstrap(4, () => Number.NaN)).toBeUndefined()
  })
})

describe('calibration', () => {
  it('weighs the difference of each bin by its count', () => {
    const { bins, error } = calibration([0.95, 0.95, 0.95, 0.55], [true, true, false, true])
    expect(bins[9]).toEqual({ count: 3, confidence: expect.closeTo(0.95), right: expect.closeTo(2 / 3) })
    expect(bins[5]).toEqual({ count: 1, confidence: 0.55, right: 1 })
    expect(error).toBeCloseTo((3 * (0.95 - 2 / 3) + (1 - 0.55)) / 4, 12)
  })

  it('has a probability of 1 in the last bin, and no error without answers', () => {
    expect(calibration([1], [true]).bins[9]?.count).toBe(1)
    expect(calibration([], []).error).toBeNaN()
  })
})

it('quantiles lie between values, deviations are those of a sample', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5)
  expect(quantile([7], 0.9)).toBe(7)
  expect(deviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12)
})
