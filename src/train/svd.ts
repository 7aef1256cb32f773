/**
 * Truncated singular value decomposition, for `init { layer[m].ffn.up from svd(T.layer[m].ffn.up) }`: A
 * [rows, columns] is close to left [rows, rank] times right [rank, columns], with the root of each singular
 * value in both factors. The eigenvectors of the smaller Gram matrix are found by Householder
 * tridiagonalisation and implicit QL (EISPACK's tred2 and tql2, after Bowdler et al. 1968); float64.
 */

export interface Factors {
  readonly left: Float32Array
  readonly right: Float32Array
  /**
   * The sum of the kept squared singular values, divided by the sum of all: 1 - |A - left right|^2 / |A|^2
   * (Eckart and Young 1936). 1 for a matrix of zeros.
   */
  readonly kept: number
}

export function truncatedSvd(a: Float32Array, rows: number, columns: number, rank: number): Factors {
  const tall = rows >= columns
  const n = tall ? columns : rows
  const { values, vectors } = symmetricEigen(gramMatrix(a, rows, columns), n)
  const order = Array.from({ length: n }, (_, i) => i).sort((p, q) => (values[q] ?? 0) - (values[p] ?? 0))
  const left = new Float32Array(rows * rank)
  const right = new Float32Array(rank * columns)
  for (let r = 0; r < rank; r++) {
    const found = order[r]
    if (found === undefined) continue // beyond the smaller side: zeros
    const singular = Math.sqrt(Math.max(0, values[found] ?? 0))
    if (singular === 0) continue
    const root = Math.sqrt(singular)
    // The vector of the smaller side times root. That of the larger side is A v / singular, times root.
    const vector = vectors.subarray(found * n, (found + 1) * n)
    const image = tall ? timesVector(a, rows, columns, vector) : vectorTimes(a, rows, columns, vector)
    const [ofRows, rowScale] = tall ? [image, root / singular] : [vector, root]
    const [ofColumns, columnScale] = tall ? [vector, root] : [image, root / singular]
    for (let i = 0; i < rows; i++) left[i * rank + r] = (ofRows[i] as number) * rowScale
    for (let k = 0; k < columns; k++) right[r * columns + k] = (ofColumns[k] as number) * columnScale
  }
  const sum = (indices: readonly number[]): number =>
    indices.reduce((total, i) => total + Math.max(0, values[i] ?? 0), 0)
  const all = sum(order)
  return { left, right, kept: all === 0 ? 1 : sum(order.slice(0, rank)) / all }
}

/** A v */
function timesVector(a: Float32Array, rows: number, columns: number, v: Float64Array): Float64Array {
  const result = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const row = a.subarray(i * columns, (i + 1) * columns)
    let sum = 0
    for (let k = 0; k < columns; k++) sum += (row[k] as number) * (v[k] as number)
    result[i] = sum
  }
  return result
}

/** v A */
function vectorTimes(a: Float32Array, rows: number, columns: number, v: Float64Array): Float64Array {
  const result = new Float64Array(columns)
  for (let i = 0; i < rows; i++) {
    const row = a.subarray(i * columns, (i + 1) * columns)
    const by = v[i] as number
    for (let k = 0; k < columns; k++) result[k] = (result[k] as number) + by * (row[k] as number)
  }
  return result
}

/** Along the larger side, sums run in strips. One strip of all vectors fits into the cache. */
const strip = 256

/** A^T A of a tall matrix, A A^T of a wide one; float64. */
function gramMatrix(a: Float32Array, rows: number, columns: number): Float64Array {
  const tall = rows >= columns
  const [n, length] = tall ? [columns, rows] : [rows, columns]
  const gram = new Float64Array(n * n)
  const vectors = new Float64Array(n * strip)
  for (let start = 0; start < length; start += strip) {
    const width = Math.min(strip, length - start)
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < width; k++) {
        vectors[i * strip + k] = a[tall ? (start + k) * columns + i : i * columns + start + k] as number
      }
    }
    // Four independent sums at a time. Those beyond the diagonal are overwritten below.
    for (let i = 0; i < n; i++) {
      const x = vectors.subarray(i * strip, i * strip + width)
      for (let j = 0; j <= i; j += 4) {
        const at = [0, 1, 2, 3].map((by) => Math.min(j + by, n - 1) * strip)
        const [p, q, r, s] = at as [number, number, number, number]
        let [a0, a1, a2, a3] = [0, 0, 0, 0]
        for (let k = 0; k < width; k++) {
          const value = x[k] as number
          a0 += value * (vectors[p + k] as number)
          a1 += value * (vectors[q + k] as number)
          a2 += value * (vectors[r + k] as number)
          a3 += value * (vectors[s + k] as number)
        }
        const place = i * n + j
        gram[place] = (gram[place] as number) + a0
        if (j + 1 < n) gram[place + 1] = (gram[place + 1] as number) + a1
        if (j + 2 < n) gram[place + 2] = (gram[place + 2] as number) + a2
        if (j + 3 < n) gram[place + 3] = (gram[place + 3] as number) + a3
      }
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) gram[j * n + i] = gram[i * n + j] as number
  return gram
}

/** Eigenvalues of a symmetric matrix, and eigenvectors as the rows of an n x n row-major matrix. */
export function symmetricEigen(
  matrix: Float64Array,
  n: number,
): { values: Float64Array; vectors: Float64Array } {
  // Columns of EISPACK's matrix are separate arrays, because the inner loops run along them.
  const V = Array.from({ length: n }, (_, i) => matrix.slice(i * n, (i + 1) * n))
  const d = new Float64Array(n)
  const e = new Float64Array(n)
  if (n > 0) {
    tridiagonalise(V, d, e, n)
    implicitQl(V, d, e, n)
  }
  const vectors = new Float64Array(n * n)
  for (let i = 0; i < n; i++) vectors.set(V[i] ?? [], i * n)
  return { values: d, vectors }
}

function tridiagonalise(V: Float64Array[], d: Float64Array, e: Float64Array, n: number): void {
  const column = (i: number): Float64Array => V[i] as Float64Array
  for (let j = 0; j < n; j++) d[j] = column(j)[n - 1] as number
  for (let i = n - 1; i > 0; i--) {
    let scale = 0
    let h = 0
    for (let k = 0; k < i; k++) scale += Math.abs(d[k] as number)
    if (scale === 0) {
      e[i] = d[i - 1] as number
      for (let j = 0; j < i; j++) {
        d[j] = column(j)[i - 1] as number
        column(j)[i] = 0
        column(i)[j] = 0
      }
    } else {
      for (let k = 0; k < i; k++) {
        d[k] = (d[k] as number) / scale
        h += (d[k] as number) ** 2
      }
      let f = d[i - 1] as number
      let g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h)
      e[i] = scale * g
      h -= f * g
      d[i - 1] = f - g
      e.fill(0, 0, i)
      for (let j = 0; j < i; j++) {
        f = d[j] as number
        column(i)[j] = f
        g = (e[j] as number) + (column(j)[j] as number) * f
        for (let k = j + 1; k < i; k++) {
          const value = column(j)[k] as number
          g += value * (d[k] as number)
          e[k] = (e[k] as number) + value * f
        }
        e[j] = g
      }
      f = 0
      for (let j = 0; j < i; j++) {
        e[j] = (e[j] as number) / h
        f += (e[j] as number) * (d[j] as number)
      }
      const hh = f / (h + h)
      for (let j = 0; j < i; j++) e[j] = (e[j] as number) - hh * (d[j] as number)
      for (let j = 0; j < i; j++) {
        f = d[j] as number
        g = e[j] as number
        for (let k = j; k < i; k++) {
          column(j)[k] = (column(j)[k] as number) - (f * (e[k] as number) + g * (d[k] as number))
        }
        d[j] = column(j)[i - 1] as number
        column(j)[i] = 0
      }
    }
    d[i] = h
  }
  for (let i = 0; i < n - 1; i++) {
    column(i)[n - 1] = column(i)[i] as number
    column(i)[i] = 1
    const h = d[i + 1] as number
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = (column(i + 1)[k] as number) / h
      for (let j = 0; j <= i; j++) {
        let g = 0
        for (let k = 0; k <= i; k++) g += (column(i + 1)[k] as number) * (column(j)[k] as number)
        for (let k = 0; k <= i; k++) column(j)[k] = (column(j)[k] as number) - g * (d[k] as number)
      }
    }
    for (let k = 0; k <= i; k++) column(i + 1)[k] = 0
  }
  for (let j = 0; j < n; j++) {
    d[j] = column(j)[n - 1] as number
    column(j)[n - 1] = 0
  }
  column(n - 1)[n - 1] = 1
  e[0] = 0
}

function implicitQl(V: Float64Array[], d: Float64Array, e: Float64Array, n: number): void {
  for (let i = 1; i < n; i++) e[i - 1] = e[i] as number
  e[n - 1] = 0
  let f = 0
  let tst1 = 0
  for (let l = 0; l < n; l++) {
    tst1 = Math.max(tst1, Math.abs(d[l] as number) + Math.abs(e[l] as number))
    let m = l
    while (m < n - 1 && Math.abs(e[m] as number) > Number.EPSILON * tst1) m++
    if (m > l) {
      do {
        let g = d[l] as number
        let p = ((d[l + 1] as number) - g) / (2 * (e[l] as number))
        let r = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1)
        d[l] = (e[l] as number) / (p + r)
        d[l + 1] = (e[l] as number) * (p + r)
        const dl1 = d[l + 1] as number
        let h = g - (d[l] as number)
        for (let i = l + 2; i < n; i++) d[i] = (d[i] as number) - h
        f += h
        p = d[m] as number
        let c = 1
        let c2 = c
        let c3 = c
        const el1 = e[l + 1] as number
        let s = 0
        let s2 = 0
        for (let i = m - 1; i >= l; i--) {
          c3 = c2
          c2 = c
          s2 = s
          g = c * (e[i] as number)
          h = c * p
          r = Math.hypot(p, e[i] as number)
          e[i + 1] = s * r
          s = (e[i] as number) / r
          c = p / r
          p = c * (d[i] as number) - s * g
          d[i + 1] = h + s * (c * g + s * (d[i] as number))
          rotate(V[i] as Float64Array, V[i + 1] as Float64Array, c, s)
        }
        p = (-s * s2 * c3 * el1 * (e[l] as number)) / dl1
        e[l] = s * p
        d[l] = c * p
      } while (Math.abs(e[l] as number) > Number.EPSILON * tst1)
    }
    d[l] = (d[l] as number) + f
    e[l] = 0
  }
}

/** Givens rotation of two columns. */
function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let k = 0; k < x.length; k++) {
    const h = y[k] as number
    y[k] = s * (x[k] as number) + c * h
    x[k] = c * (x[k] as number) - s * h
  }
}
