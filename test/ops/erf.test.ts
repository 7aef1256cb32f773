/** The error function against values of CPython's math.erf and math.erfc, in each of its three ranges. */
import { expect, test } from 'vitest'
import { erf, erfc, normalBelow, normalDensity } from '../../src/graph/ops/support/erf.ts'

const known: readonly (readonly [x: number, erf: number, erfc: number])[] = [
  [1e-10, 1.1283791670955126e-10, 0.999999999887162],
  [0.1, 0.1124629160182849, 0.8875370839817152],
  [0.46, 0.4846553900016797, 0.5153446099983203],
  [0.47, 0.4937450508860821, 0.5062549491139179],
  [0.5, 0.5204998778130465, 0.4795001221869535],
  [1, 0.8427007929497149, 0.15729920705028513],
  [1.5, 0.9661051464753108, 0.033894853524689274],
  [2.5, 0.999593047982555, 0.0004069520174449589],
  [3.9, 0.9999999652077514, 3.479224859723177e-8],
  [4.1, 0.9999999932999724, 6.700027654084918e-9],
  [6, 1, 2.1519736712498916e-17],
  [10, 1, 2.088487583762545e-45],
]

test.each(known)('of %f', (x, expected, complement) => {
  expect(Math.abs(erf(x) / expected - 1)).toBeLessThan(1e-15)
  expect(Math.abs(erfc(x) / complement - 1)).toBeLessThan(4e-15)
  expect(erf(-x)).toBe(-erf(x))
  expect(Math.abs(erfc(-x) - (1 + expected))).toBeLessThan(1e-15)
})

test('at 0 and beyond all numbers', () => {
  expect(erf(0)).toBe(0)
  expect(erfc(0)).toBe(1)
  expect(erf(Number.POSITIVE_INFINITY)).toBe(1)
  expect(erfc(30)).toBe(0)
})

test('the normal distribution: 97.5% lie below 1.96', () => {
  expect(normalBelow(1.959963984540054)).toBeCloseTo(0.975, 14)
  expect(normalBelow(0)).toBe(0.5)
  expect(normalDensity(0)).toBeCloseTo(0.3989422804014327, 15)
})
