/**
 * Truncated singular value decomposition, for `init { layer[m].ffn.up from svd(T.layer[m].ffn.up) }`: A [rows, columns] is close to
 * left [rows, rank] times right [rank, columns], with the root of each singular value in both factors. The eigenvectors of the smaller
 * Gram matrix are found by Householder tridiagonalisation and implicit QL (EISPACK's tred2 and tql2, after Bowdler et al. 1968); float64.
 */

export interface Factors {
  readonly left: Float32Array
  readonly right: Float32Array
}

export function truncatedSvd(a: Float32Array, rows: number, columns: number, rank: number): Factors {
  const tall = rows >= columns
  const n = tall ? columns : rows
  const length = tall ? rows : columns
  // x[i][k]: i runs over the smaller side.
  const at = (i: number, k: number): number => a[tall ? k * columns + i : i * columns + k] ?? 0
  const gram = gramMatrix(n, length, at)
  const { values, vectors } = symmetricEigen(gram, n)
  const order = Array.from({ length: n }, (_, i) => i).sort((p, q) => (values[q] ?? 0) - (values[p] ?? 0))
  const left = new Float32Array(rows * rank)
  const right = new Float32Array(rank * columns)
  for (let r = 0; r < rank; r++) {
    const column = order[r]
    if (column === undefined) continue // beyond the smaller side: zeros
    const singular = Math.sqrt(Math.max(0, values[column] ?? 0))
    const root = Math.sqrt(singular)
    if (singular === 0) continue
    // The vector of the smaller side, times root; that of the larger side is A v / singular, times root.
    for (let i = 0; i < n; i++) {
      const value = (vectors[i * n + column] ?? 0) * root
      if (tall) right[r * columns + i] = value
      else left[i * rank + r] = value
    }
    for (let k = 0; k < length; k++) {
      let sum = 0
      for (let i = 0; i < n; i++) sum += at(i, k) * (vectors[i * n + column] ?? 0)
      const value = (sum / singular) * root
      if (tall) left[k * rank + r] = value
      else right[r * columns + k] = value
    }
  }
  return { left, right }
}

function gramMatrix(n: number, length: number, at: (i: number, k: number) => number): Float64Array {
  const sideways = new Float64Array(n * length)
  for (let i = 0; i < n; i++) for (let k = 0; k < length; k++) sideways[i * length + k] = at(i, k)
  const gram = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    const x = sideways.subarray(i * length, (i + 1) * length)
    for (let j = 0; j <= i; j++) {
      const y = sideways.subarray(j * length, (j + 1) * length)
      let sum = 0
      for (let k = 0; k < length; k++) sum += (x[k] as number) * (y[k] as number)
      gram[i * n + j] = sum
      gram[j * n + i] = sum
    }
  }
  return gram
}

/** Eigenvalues and eigenvectors (as columns of an n x n row-major matrix) of a symmetric matrix. */
export function symmetricEigen(
  matrix: Float64Array,
  n: number,
): { values: Float64Array; vectors: Float64Array } {
  // Rows are kept as separate arrays: the inner loops run along them.
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
  const row = (i: number): Float64Array => V[i] as Float64Array
  for (let j = 0; j < n; j++) d[j] = row(n - 1)[j] as number
  for (let i = n - 1; i > 0; i--) {
    let scale = 0
    let h = 0
    for (let k = 0; k < i; k++) scale += Math.abs(d[k] as number)
    if (scale === 0) {
      e[i] = d[i - 1] as number
      for (let j = 0; j < i; j++) {
        d[j] = row(i - 1)[j] as number
        row(i)[j] = 0
        row(j)[i] = 0
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
        row(j)[i] = f
        g = (e[j] as number) + (row(j)[j] as number) * f
        for (let k = j + 1; k < i; k++) {
          const value = row(k)[j] as number
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
          row(k)[j] = (row(k)[j] as number) - (f * (e[k] as number) + g * (d[k] as number))
        }
        d[j] = row(i - 1)[j] as number
        row(i)[j] = 0
      }
    }
    d[i] = h
  }
  for (let i = 0; i < n - 1; i++) {
    row(n - 1)[i] = row(i)[i] as number
    row(i)[i] = 1
    const h = d[i + 1] as number
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = (row(k)[i + 1] as number) / h
      for (let j = 0; j <= i; j++) {
        let g = 0
        for (let k = 0; k <= i; k++) g += (row(k)[i + 1] as number) * (row(k)[j] as number)
        for (let k = 0; k <= i; k++) row(k)[j] = (row(k)[j] as number) - g * (d[k] as number)
      }
    }
    for (let k = 0; k <= i; k++) row(k)[i + 1] = 0
  }
  for (let j = 0; j < n; j++) {
    d[j] = row(n - 1)[j] as number
    row(n - 1)[j] = 0
  }
  row(n - 1)[n - 1] = 1
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
          for (const rowK of V) {
            h = rowK[i + 1] as number
            rowK[i + 1] = s * (rowK[i] as number) + c * h
            rowK[i] = c * (rowK[i] as number) - s * h
          }
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
