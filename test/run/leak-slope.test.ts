/** The slope of memory over steps, and how sure it is. */
import { expect, it } from 'vitest'
import { slopeOf } from '../../bench/leak/held.ts'
import { random } from '../lower/spec-run.ts'

const points = (bytes: (step: number) => number) =>
  Array.from({ length: 200 }, (_, i) => ({ step: 100 * i, resident: bytes(100 * i) }))

it('is exact on a line', () => {
  const { slope, error } = slopeOf(points((step) => 5e7 + 12 * step))
  expect(slope).toBeCloseTo(12, 6)
  expect(error).toBeLessThan(1e-6)
})

it('is within three standard errors of the true one under noise, and a leak of 12 bytes shows', () => {
  const noise = points((step) => 1e4 * random(step))
  const flat = slopeOf(noise)
  expect(Math.abs(flat.slope)).toBeLessThan(3 * flat.error)
  const leak = slopeOf(noise.map(({ step, resident }) => ({ step, resident: resident + 12 * step })))
  expect(leak.slope).toBeGreaterThan(3 * leak.error)
})

it('is less sure where neighbours are alike', () => {
  const apart = points((step) => 1e4 * random(step))
  const alike = points((step) => 1e4 * random(Math.floor(step / 2000)))
  expect(slopeOf(alike).error).toBeGreaterThan(2 * slopeOf(apart).error)
})

it('is unknown of two points', () => {
  expect(
    slopeOf([
      { step: 1, resident: 1 },
      { step: 2, resident: 3 },
    ]),
  ).toEqual({ slope: 2, error: Number.POSITIVE_INFINITY })
})
