/**
 * Sums in vectors, kept in float64: over the rows of a matrix (gradients of biases and scales), and the means and variances of layer normalisation and
 * its gradient.
 */
import {
  type Assembler,
  block,
  type Code,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  type Local,
  locals,
  loopWhile,
  type MakeLocal,
  v128,
} from './assembler.ts'

const strip = 16

/**
 * `sum_rows(x, rowStride, rows, columns, out, count, xStride, outStride)`: out[c] = the sum of x[r, c] over r, `count` times, each beginning `xStride` and `outStride` bytes after
 * the one before. Columns are neighbours; sixteen at a time, so that a row's cache line is read once.
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

/** Splat of a float64 local, as floats. */
function floatsOf(value: Local): Code {
  return [...f64.toFloat(value.get), 0xfd, 0x13]
}

/**
 * `standardize(x, n, rows, epsilon, out)`, `layer_norm(x, n, rows, epsilon, scale, bias, out)` and `standardize_gradient(x, g, n, rows, epsilon, out)` over dense rows of n floats, n
 * a multiple of four.
 */
export function addStandardize(assembler: Assembler): void {
  for (const affine of [false, true]) {
    const parameters = {
      x: 'i32',
      n: 'i32',
      rows: 'i32',
      epsilon: 'f64',
      ...(affine ? ({ scale: 'i32', bias: 'i32' } as const) : {}),
      out: 'i32',
    } as const
    const name = affine ? 'layer_norm' : 'standardize'
    assembler.function(name, parameters, ({ x, n, rows, epsilon, scale, bias, out }, local) => {
      const row = momentLocals(local)
      const q = local('i32')
      const { p, end, v, mean, inverse } = row
      const standard = f32x4.mul(f32x4.sub(v128.load(p.get), mean.get), inverse.get)
      return loopWhile(
        rows.get,
        block(
          moments(x, n, epsilon, row),
          p.set(x.get),
          q.set(i32.const(0)),
          loopWhile(
            i32.ltU(p.get, end.get),
            block(
              v.set(standard),
              scale && bias
                ? v.set(
                    f32x4.add(
                      f32x4.mul(v.get, v128.load(i32.add(scale.get, q.get))),
                      v128.load(i32.add(bias.get, q.get)),
                    ),
                  )
                : [],
              v128.store(out.get, v.get),
              p.set(i32.add(p.get, i32.const(16))),
              q.set(i32.add(q.get, i32.const(16))),
              out.set(i32.add(out.get, i32.const(16))),
            ),
          ),
          x.set(end.get),
          rows.set(i32.sub(rows.get, i32.const(1))),
        ),
      )
    })
  }
  addStandardizeGradient(assembler)
}

interface MomentLocals {
  readonly p: Local
  readonly end: Local
  readonly v: Local
  readonly low: Local
  readonly high: Local
  readonly total: Local
  /** Four copies each. */
  readonly mean: Local
  readonly inverse: Local
}

function momentLocals(local: MakeLocal): MomentLocals {
  return {
    p: local('i32'),
    end: local('i32'),
    v: local('v128'),
    low: local('v128'),
    high: local('v128'),
    total: local('f64'),
    mean: local('v128'),
    inverse: local('v128'),
  }
}

/** Mean, and 1 / sqrt(variance + epsilon), of the n floats at x; `end` is their end. */
function moments(
  x: Local,
  n: Local,
  epsilon: Local,
  { p, end, v, low, high, total, mean, inverse }: MomentLocals,
): Code {
  const zero = block(low.set(v128.floats(0)), high.set(v128.floats(0)))
  const over = (body: Code): Code =>
    block(p.set(x.get), loopWhile(i32.ltU(p.get, end.get), block(body, p.set(i32.add(p.get, i32.const(16))))))
  const both = block(low.set(f64x2.add(low.get, high.get)))
  const divided = (sum: Code): Code => f64.div(sum, f64.fromInteger(n.get))
  return block(
    end.set(i32.add(x.get, i32.shl(n.get, i32.const(2)))),
    zero,
    over(
      block(
        v.set(v128.load(p.get)),
        low.set(f64x2.add(low.get, f64x2.promote(v.get))),
        high.set(f64x2.add(high.get, f64x2.promote(upperHalf(v)))),
      ),
    ),
    both,
    total.set(divided(lanesSum(low))),
    mean.set(floatsOf(total)),
    zero,
    over(
      block(
        v.set(f32x4.sub(v128.load(p.get), mean.get)),
        v.set(f32x4.mul(v.get, v.get)),
        low.set(f64x2.add(low.get, f64x2.promote(v.get))),
        high.set(f64x2.add(high.get, f64x2.promote(upperHalf(v)))),
      ),
    ),
    both,
    total.set(f64.div(f64.const(1), f64.sqrt(f64.add(divided(lanesSum(low)), epsilon.get)))),
    inverse.set(floatsOf(total)),
  )
}

/** r (g - mean(g) - z mean(z g)), z the standardised x and r = 1 / sqrt(variance + epsilon). */
function addStandardizeGradient(assembler: Assembler): void {
  assembler.function(
    'standardize_gradient',
    { x: 'i32', g: 'i32', n: 'i32', rows: 'i32', epsilon: 'f64', out: 'i32' },
    ({ x, g, n, rows, epsilon, out }, local) => {
      const row = momentLocals(local)
      const { p, end, v, low, high, total, mean, inverse } = row
      const q = local('i32')
      const up = local('v128')
      const productsLow = local('v128')
      const productsHigh = local('v128')
      const level = local('v128')
      const slope = local('v128')
      const standard = f32x4.mul(f32x4.sub(v128.load(p.get), mean.get), inverse.get)
      const step = block(p.set(i32.add(p.get, i32.const(16))), q.set(i32.add(q.get, i32.const(16))))
      const divided = (a: Local, b: Local): Code =>
        block(a.set(f64x2.add(a.get, b.get)), total.set(f64.div(lanesSum(a), f64.fromInteger(n.get))))
      return loopWhile(
        rows.get,
        block(
          moments(x, n, epsilon, row),
          ...[low, high, productsLow, productsHigh].map((sum) => sum.set(v128.floats(0))),
          p.set(x.get),
          q.set(g.get),
          loopWhile(
            i32.ltU(p.get, end.get),
            block(
              up.set(v128.load(q.get)),
              low.set(f64x2.add(low.get, f64x2.promote(up.get))),
              high.set(f64x2.add(high.get, f64x2.promote(upperHalf(up)))),
              v.set(f32x4.mul(up.get, standard)),
              productsLow.set(f64x2.add(productsLow.get, f64x2.promote(v.get))),
              productsHigh.set(f64x2.add(productsHigh.get, f64x2.promote(upperHalf(v)))),
              step,
            ),
          ),
          divided(low, high),
          level.set(floatsOf(total)),
          divided(productsLow, productsHigh),
          slope.set(floatsOf(total)),
          p.set(x.get),
          q.set(g.get),
          loopWhile(
            i32.ltU(p.get, end.get),
            block(
              v.set(f32x4.sub(f32x4.sub(v128.load(q.get), level.get), f32x4.mul(standard, slope.get))),
              v128.store(out.get, f32x4.mul(v.get, inverse.get)),
              step,
              out.set(i32.add(out.get, i32.const(16))),
            ),
          ),
          x.set(end.get),
          g.set(q.get),
          rows.set(i32.sub(rows.get, i32.const(1))),
        ),
      )
    },
  )
}
