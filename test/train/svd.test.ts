import { describe, expect, it } from 'vitest'
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
  it('of a matrix of low rank leaves the rest of the factors 0', () => {
    const a = Float32Array.of(1, 2, 2, 4, 3, 6)
    const { left, right } = truncatedSvd(a, 3, 2, 2)
    product(left, right, 3, 2, 2).forEach((value, i) => {
      expect(value).toBeCloseTo(a[i] ?? Number.NaN, 5)
    })
  })
})
