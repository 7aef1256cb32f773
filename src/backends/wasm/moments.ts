/**
 * Sums in vectors, in float64: over the rows of a matrix (gradients of biases and scales), and the parts of
 * other sums.
 */
import {
  type Assembler,
  block,
  type Code,
  f32,
  f64,
  f64x2,
  i32,
  type Local,
  locals,
  loopWhile,
  v128,
} from './assembler.ts'

const strip = 16

/**
 * `sum_rows(x, rowStride, rows, columns, out, count, xStride,
 * outStride)`: out[c] = the sum of x[r, c] over r, `count` times, each `xStride` and `outStride` bytes after
 * the one before. Columns are contiguous; sixteen at a time, so that a row's cache line is read once.
 */
export function addSumRows(assembler: Assembler): void {
  assembler.function(
    'sum_rows',
    {
      x: 'i32',
      rowStride: 'i32',
      rows: 'i32',
      columns: 'i32',
      out: 'i32',
      count: 'i32',
      xStride: 'i32',
      outStride: 'i32',
    },
    ({ x, rowStride, rows, columns, out, count, xStride, outStride }, local) => {
      const sums = Array.from({ length: strip / 4 }, () => locals(local, 'v128', 'low', 'high'))
      const v = local('v128')
      const r = local('i32')
      const p = local('i32')
      const from = local('i32')
      const to = local('i32')
      const c = local('i32')
      const total = local('f64')
      const zero = block(
        ...sums.flatMap(({ low, high }) => [low.set(v128.floats(0)), high.set(v128.floats(0))]),
      )
      const addRow = block(
        ...sums.map(({ low, high }, k) =>
          block(
            v.set(v128.load(p.get, 16 * k)),
            low.set(f64x2.add(low.get, f64x2.promote(v.get))),
            high.set(f64x2.add(high.get, f64x2.promote(upperHalf(v)))),
          ),
        ),
        p.set(i32.add(p.get, rowStride.get)),
        r.set(i32.sub(r.get, i32.const(1))),
      )
      const store = block(
        ...sums.map(({ low, high }, k) =>
          v128.store(to.get, v128.lanes(f64x2.demote(low.get), f64x2.demote(high.get), [0, 1, 4, 5]), 16 * k),
        ),
      )
      const single = block(
        total.set(f64.const(0)),
        p.set(from.get),
        r.set(rows.get),
        loopWhile(
          r.get,
          block(
            total.set(f64.add(total.get, f64.fromFloat(f32.load(p.get)))),
            p.set(i32.add(p.get, rowStride.get)),
            r.set(i32.sub(r.get, i32.const(1))),
          ),
        ),
        f32.store(to.get, f64.toFloat(total.get)),
      )
      const next = (n: number): Code =>
        block(
          from.set(i32.add(from.get, i32.const(4 * n))),
          to.set(i32.add(to.get, i32.const(4 * n))),
          c.set(i32.sub(c.get, i32.const(n))),
        )
      return loopWhile(
        count.get,
        block(
          from.set(x.get),
          to.set(out.get),
          c.set(columns.get),
          loopWhile(
            i32.geS(c.get, i32.const(strip)),
            block(zero, p.set(from.get), r.set(rows.get), loopWhile(r.get, addRow), store, next(strip)),
          ),
          loopWhile(c.get, block(single, next(1))),
          x.set(i32.add(x.get, xStride.get)),
          out.set(i32.add(out.get, outStride.get)),
          count.set(i32.sub(count.get, i32.const(1))),
        ),
      )
    },
  )
}

/** Lanes 2 and 3 of four floats, as lanes 0 and 1. */
export function upperHalf(v: Local): Code {
  return v128.lanes(v.get, v.get, [2, 3, 2, 3])
}

/** Both lanes of two float64 together. */
export function lanesSum(v: Local): Code {
  return f64.add(f64x2.lane(v.get, 0), f64x2.lane(v.get, 1))
}
