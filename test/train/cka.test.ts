import { describe, expect, it } from 'vitest'
import { gramOf, linearCka } from '../../src/train/kept/cka.ts'

const examples = 12
/** Numbers that look random. */
function matrix(units: number, salt: number): number[] {
  let state = salt
  return Array.from({ length: examples * units }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.3
  })
}

/** By the definition, through products of units: |Y'X|^2 / (|X'X| |Y'Y|) of centred matrices. */
function byUnits(x: readonly number[], y: readonly number[]): number {
  const centred = (values: readonly number[]): number[][] => {
    const units = values.length / examples
    const means = Array.from({ length: units }, (_, u) => {
      let sum = 0
      for (let e = 0; e < examples; e++) sum += values[e * units + u] ?? 0
      return sum / examples
    })
    return Array.from({ length: examples }, (_, e) => means.map((m, u) => (values[e * units + u] ?? 0) - m))
  }
  const norm = (a: number[][], b: number[][]): number => {
    let squares = 0
    for (let i = 0; i < (a[0]?.length ?? 0); i++)
      for (let j = 0; j < (b[0]?.length ?? 0); j++) {
        let product = 0
        for (let e = 0; e < examples; e++) product += (a[e]?.[i] ?? 0) * (b[e]?.[j] ?? 0)
        squares += product ** 2
      }
    return Math.sqrt(squares)
  }
  const [a, b] = [centred(x), centred(y)]
  return norm(a, b) ** 2 / (norm(a, a) * norm(b, b))
}

const cka = (x: readonly number[], y: readonly number[]): number =>
  linearCka(gramOf(x, examples), gramOf(y, examples))

describe('linear CKA', () => {
  const [x, y] = [matrix(5, 1), matrix(3, 2)]

  it('is that of the definition, whatever the numbers of units', () => {
    expect(cka(x, y)).toBeCloseTo(byUnits(x, y), 12)
    expect(cka(x, matrix(40, 3))).toBeCloseTo(byUnits(x, matrix(40, 3)), 12)
    expect(cka(x, y)).toBeCloseTo(cka(y, x), 12)
    expect(cka(x, y)).toBeLessThan(0.9)
  })

  it('is 1 for a rotation, a factor and a shift, and not for another linear map', () => {
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)]
    const mapped = (of: (a: number, b: number) => readonly [number, number]): number[] =>
      Array.from({ length: examples }, (_, e) => {
        const [first = 0, second = 0, ...rest] = x.slice(5 * e, 5 * e + 5)
        return [...of(first, second), ...rest].map((value) => 3 * value - 8)
      }).flat()
    expect(
      cka(
        x,
        mapped((a, b) => [c * a - s * b, s * a + c * b]),
      ),
    ).toBeCloseTo(1, 12)
    expect(
      cka(
        x,
        mapped((a, b) => [9 * a, b]),
      ),
    ).toBeLessThan(0.99)
  })

  it('is no number where a state is the same for all examples', () => {
    expect(cka(x, new Array<number>(2 * examples).fill(1))).toBeNaN()
  })
})
