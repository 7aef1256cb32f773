import { describe, expect, it } from 'vitest'
import { keptEnergyNotes } from '../../src/train/kept-energy.ts'
import { normalValues } from '../../src/train/normal.ts'
import { symmetricEigen, truncatedSvd } from '../../src/train/svd.ts'

function product(
  left: Float32Array,
  right: Float32Array,
  rows: number,
  rank: number,
  columns: number,
): number[] {
  return Array.from({ length: rows * columns }, (_, i) => {
    let sum = 0
    for (let r = 0; r < rank; r++) {
      sum += (left[Math.floor(i / columns) * rank + r] ?? 0) * (right[r * columns + (i % columns)] ?? 0)
    }
    return sum
  })
}

describe('the energy that is kept', () => {
  it('is one less the relative error of the product', () => {
    const [rows, columns] = [40, 23]
    const a = normalValues(rows * columns, 1, { seed: 3, name: 'energy' })
    const energy = a.reduce((sum, x) => sum + x * x, 0)
    for (const [r, c] of [
      [rows, columns],
      [columns, rows],
    ] as const) {
      let before = 0
      for (const rank of [1, 5, 12, 23]) {
        const { left, right, kept } = truncatedSvd(a, r, c, rank)
        const error = product(left, right, r, rank, c).reduce((sum, v, i) => sum + (v - (a[i] ?? 0)) ** 2, 0)
        expect(kept).toBeCloseTo(1 - error / energy, 5)
        expect(kept).toBeGreaterThan(before)
        before = kept
      }
      expect(before).toBeCloseTo(1, 12)
    }
  })
  it('is all of a matrix of zeros', () => {
    expect(truncatedSvd(new Float32Array(6), 2, 3, 1)).toEqual({
      left: new Float32Array(2),
      right: new Float32Array(3),
      kept: 1,
    })
  })
  it('is told once for all layers of a binding', () => {
    const matrix = (m: number, kept: number) => ({
      path: `S.layer[${m}].ffn.up`,
      of: `T.layer[${m}].ffn.up.weight`,
      rank: 4,
      kept,
    })
    const word = { path: 'S.embedding.word', of: 'T.embedding.word.weight', rank: 8, kept: 0.5 }
    expect(keptEnergyNotes([word, matrix(1, 0.61234), matrix(2, 0.64), matrix(3, 0.62)])).toEqual([
      'S.embedding.word starts as rank 8 of T.embedding.word: 50.0% of its energy kept',
      'S.layer[*].ffn.up starts as rank 4 of T.layer[*].ffn.up: 61.2% to 64.0% of its energy kept',
    ])
    expect(keptEnergyNotes([])).toEqual([])
  })
})

describe('truncatedSvd', () => {
  it.each([
    [7, 4],
    [4, 7],
    [5, 5],
  ])('of %i x %i at full rank gives the matrix back', (rows, columns) => {
    const a = normalValues(rows * columns, 1, { seed: 1, name: `${rows}` })
    const rank = Math.min(rows, columns)
    const { left, right } = truncatedSvd(a, rows, columns, rank)
    product(left, right, rows, rank, columns).forEach((value, i) => {
      expect(value).toBeCloseTo(a[i] ?? Number.NaN, 5)
    })
  })
  it('keeps the largest singular values: the error is the rest (Eckart and Young)', () => {
    const [rows, columns, rank] = [6, 9, 2]
    const a = normalValues(rows * columns, 1, { seed: 2, name: 'a' })
    const { left, right } = truncatedSvd(a, rows, columns, rank)
    const error = product(left, right, rows, rank, columns).reduce(
      (sum, v, i) => sum + (v - (a[i] ?? 0)) ** 2,
      0,
    )
    const gram = new Float64Array(rows * rows)
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++) {
        for (let k = 0; k < columns; k++) {
          gram[i * rows + j] =
            (gram[i * rows + j] ?? 0) + (a[i * columns + k] ?? 0) * (a[j * columns + k] ?? 0)
        }
      }
    }
    const squares = [...symmetricEigen(gram, rows).values].sort((x, y) => y - x)
    expect(error).toBeCloseTo(
      squares.slice(rank).reduce((sum, x) => sum + x, 0),
      4,
    )
  })
  it('finds orthogonal vectors for a size that no strip or tile divides', () => {
    const [rows, columns] = [301, 37]
    const a = normalValues(rows * columns, 1, { seed: 4, name: 'strips' })
    const { left, right } = truncatedSvd(a, rows, columns, columns)
    product(left, right, rows, columns, columns).forEach((value, i) => {
      expect(value).toBeCloseTo(a[i] ?? Number.NaN, 5)
    })
    for (let r = 0; r < columns; r++) {
      for (let q = 0; q < r; q++) {
        let dot = 0
        for (let k = 0; k < columns; k++) dot += (right[r * columns + k] ?? 0) * (right[q * columns + k] ?? 0)
        expect(Math.abs(dot)).toBeLessThan(1e-4)
      }
    }
  })
  it('of a matrix of low rank leaves the rest of the factors 0', () => {
    const a = Float32Array.of(1, 2, 2, 4, 3, 6)
    const { left, right } = truncatedSvd(a, 3, 2, 2)
    product(left, right, 3, 2, 2).forEach((value, i) => {
      expect(value).toBeCloseTo(a[i] ?? Number.NaN, 5)
    })
  })
})
