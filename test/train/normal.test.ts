import { describe, expect, it } from 'vitest'
import { normalValues, truncatedNormalValues } from '../../src/train/normal.ts'

const moments = (x: Float32Array): [number, number] => {
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length
  return [mean, Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length)]
}

describe('normal values', () => {
  it('have the mean and deviation they should', () => {
    const [mean, deviation] = moments(normalValues(40_000, 0.02, { seed: 0, name: 'S.w' }))
    expect(Math.abs(mean)).toBeLessThan(4e-4)
    expect(deviation).toBeCloseTo(0.02, 3)
  })
  it('are a function of seed, name and place: a longer draw begins the same', () => {
    const short = normalValues(5, 1, { seed: 0, name: 'S.w' })
    expect([...normalValues(9, 1, { seed: 0, name: 'S.w' }).subarray(0, 5)]).toEqual([...short])
    expect(normalValues(5, 1, { seed: 1, name: 'S.w' })).not.toEqual(short)
    expect(normalValues(5, 1, { seed: 0, name: 'S.v' })).not.toEqual(short)
  })
  it('truncated ones stay within two deviations, with the deviation of such a distribution', () => {
    const x = truncatedNormalValues(100_000, 1, { seed: 0, name: 'S.w' })
    expect(x.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThanOrEqual(2)
    expect(moments(x)[1]).toBeCloseTo(0.8796, 2)
  })
})
