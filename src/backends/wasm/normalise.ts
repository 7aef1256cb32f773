/**
 * Layer normalisation and its gradients over dense rows of n floats, n a multiple of four, in vectors; means
 * and variances in float64. Pointers are in bytes. What a pass fused is the same code as what it was fused
 * from, so results are equal to the bit.
 */
import {
  type Assembler,
  block,
  type Code,
  f32x4,
  f64,
  f64x2,
  i32,
  type Local,
  locals,
  loopWhile,
  type MakeLocal,
  v128,
  when,
} from './assembler.ts'
import { lanesSum, upperHalf } from './moments.ts'

const vector = 16

/** Splat of a float64 local, as floats. */
function floatsOf(value: Local): Code {
  return f32x4.splat(f64.toFloat(value.get))
}

/** A sum in float64: of lanes 0 and 1, and of lanes 2 and 3. */
interface Sum {
  readonly low: Local
  readonly high: Local
}

function newSum(local: MakeLocal): Sum {
  return locals(local, 'v128', 'low', 'high')
}

function clear({ low, high }: Sum): Code {
  return block(low.set(v128.floats(0)), high.set(v128.floats(0)))
}

function addTo({ low, high }: Sum, v: Local): Code {
  return block(
    low.set(f64x2.add(low.get, f64x2.promote(v.get))),
    high.set(f64x2.add(high.get, f64x2.promote(upperHalf(v)))),
  )
}

/** The state of the current row. */
interface Row {
  readonly n: Local
  readonly end: Local
  /** Where the last vector begins. */
  readonly last: Local
  readonly v: Local
  readonly total: Local
  /** Four copies each. */
  readonly mean: Local
  readonly inverse: Local
  /** Two, in turns: an addition need not wait for the one before. */
  readonly sums: readonly [Sum, Sum]
}

function newRow(local: MakeLocal, n: Local): Row {
  return {
    n,
    ...locals(local, 'i32', 'end', 'last'),
    ...locals(local, 'v128', 'v', 'mean', 'inverse'),
    total: local('f64'),
    sums: [newSum(local), newSum(local)],
  }
}

/**
 * Every vector of a row, two at a time: `each` is at `place` bytes from the pointers, and has sum `turn`. All
 * pointers move on; the first one ends the row.
 */
function alongRow(
  { end, last }: Row,
  [p, ...others]: readonly [Local, ...Local[]],
  each: (place: number, turn: 0 | 1) => Code,
): Code {
  const moved = (by: number): Code =>
    block(...[p, ...others].map((pointer) => pointer.set(i32.add(pointer.get, i32.const(by)))))
  return block(
    loopWhile(i32.ltU(p.get, last.get), block(each(0, 0), each(vector, 1), moved(2 * vector))),
    when(i32.ltU(p.get, end.get), block(each(0, 0), moved(vector))),
  )
}

function begin({ n, end, last }: Row, x: Local): Code {
  return block(
    end.set(i32.add(x.get, i32.shl(n.get, i32.const(2)))),
    last.set(i32.sub(end.get, i32.const(vector))),
  )
}

/** The mean of what both sums hold, into `total`. */
function meanOf({ n, total, sums: [a, b] }: Row): Code {
  return block(
    a.low.set(f64x2.add(f64x2.add(a.low.get, a.high.get), f64x2.add(b.low.get, b.high.get))),
    total.set(f64.div(lanesSum(a.low), f64.fromInteger(n.get))),
  )
}

function inverseOf({ total, inverse }: Row, epsilon: Local): Code {
  return block(
    total.set(f64.div(f64.const(1), f64.sqrt(f64.add(total.get, epsilon.get)))),
    inverse.set(floatsOf(total)),
  )
}

/** The mean of the row at x. `load` leaves the vector at `place` in `v`. */
function findMean(row: Row, pointers: readonly [Local, ...Local[]], load: (place: number) => Code): Code {
  const { sums, total, mean, v } = row
  return block(
    clear(sums[0]),
    clear(sums[1]),
    alongRow(row, pointers, (place, turn) => block(load(place), addTo(sums[turn], v))),
    meanOf(row),
    mean.set(floatsOf(total)),
  )
}

/** 1 / sqrt(variance + epsilon) of the row that p is at. */
function findInverse(row: Row, p: Local, epsilon: Local): Code {
  const { sums, v, mean } = row
  return block(
    clear(sums[0]),
    clear(sums[1]),
    alongRow(row, [p], (place, turn) =>
      block(
        v.set(f32x4.sub(v128.load(p.get, place), mean.get)),
        v.set(f32x4.mul(v.get, v.get)),
        addTo(sums[turn], v),
      ),
    ),
    meanOf(row),
    inverseOf(row, epsilon),
  )
}

/** Of the row that p is at. */
function standardised({ mean, inverse }: Row, p: Local, place: number): Code {
  return f32x4.mul(f32x4.sub(v128.load(p.get, place), mean.get), inverse.get)
}

/**
 * `standardize(x, n, rows, epsilon, out)`, `layer_norm(x, n, rows, epsilon, scale, bias, out)`, and
 * `residual_layer_norm(.., y)`, which normalises x + y: the sum of a row stands in `out` until the row is
 * normalised.
 */
export function addNormalise(assembler: Assembler): void {
  const common = { x: 'i32', n: 'i32', rows: 'i32', epsilon: 'f64' } as const
  const affine = { ...common, scale: 'i32', bias: 'i32', out: 'i32' } as const
  assembler.function('standardize', { ...common, out: 'i32' }, normalised)
  assembler.function('layer_norm', affine, normalised)
  assembler.function('residual_layer_norm', { ...affine, y: 'i32' }, normalised)
}

type Normalised = { readonly [name in 'x' | 'n' | 'rows' | 'epsilon' | 'out']: Local } & {
  readonly [name in 'scale' | 'bias' | 'y']?: Local
}

function normalised({ x, n, rows, epsilon, scale, bias, y, out }: Normalised, local: MakeLocal): Code {
  const row = newRow(local, n)
  const { v } = row
  const { p, q, s, t } = locals(local, 'i32', 'p', 'q', 's', 't')
  const from = y === undefined ? x : out
  return loopWhile(
    rows.get,
    block(
      begin(row, from),
      p.set(from.get),
      y === undefined
        ? findMean(row, [p], (place) => v.set(v128.load(p.get, place)))
        : findMean(row, [p, x, y], (place) =>
            block(
              v.set(f32x4.add(v128.load(x.get, place), v128.load(y.get, place))),
              v128.store(p.get, v.get, place),
            ),
          ),
      p.set(from.get),
      findInverse(row, p, epsilon),
      p.set(from.get),
      q.set(out.get),
      scale && bias ? block(s.set(scale.get), t.set(bias.get)) : [],
      alongRow(row, [p, q, ...(scale && bias ? [s, t] : [])], (place) =>
        scale && bias
          ? v128.store(
              q.get,
              f32x4.add(
                f32x4.mul(standardised(row, p, place), v128.load(s.get, place)),
                v128.load(t.get, place),
              ),
              place,
            )
          : v128.store(q.get, standardised(row, p, place), place),
      ),
      y === undefined ? x.set(p.get) : [],
      out.set(q.get),
      rows.set(i32.sub(rows.get, i32.const(1))),
    ),
  )
}

/**
 * With d = x - mean and r = 1 / sqrt(variance + epsilon): r (g - mean(g) - r^2 d mean(g d)).
 * `standardize_gradient(x, g, n, rows, epsilon, out)`, and `layer_norm_gradient(.., scale)` of g * scale.
 */
export function addNormaliseGradients(assembler: Assembler): void {
  const common = { x: 'i32', g: 'i32', n: 'i32', rows: 'i32', epsilon: 'f64', out: 'i32' } as const
  assembler.function('standardize_gradient', common, normalisedGradient)
  assembler.function('layer_norm_gradient', { ...common, scale: 'i32' }, normalisedGradient)
  addScaleGradient(assembler)
}

type NormalisedGradient = { readonly [name in 'x' | 'g' | 'n' | 'rows' | 'epsilon' | 'out']: Local } & {
  readonly scale?: Local
}

function normalisedGradient(
  { x, g, n, rows, epsilon, out, scale }: NormalisedGradient,
  local: MakeLocal,
): Code {
  const row = newRow(local, n)
  const { v, mean, inverse, total, end } = row
  const [squares, own] = row.sums
  const products = newSum(local)
  const { p, q, s } = locals(local, 'i32', 'p', 'q', 's')
  const { up, d, level, slope } = locals(local, 'v128', 'up', 'd', 'level', 'slope')
  const pointers = scale === undefined ? ([p, q] as const) : ([p, q, s] as const)
  const start = block(p.set(x.get), q.set(g.get), scale === undefined ? [] : s.set(scale.get))
  const moved = block(...pointers.map((pointer) => pointer.set(i32.add(pointer.get, i32.const(vector)))))
  const load = block(
    up.set(scale === undefined ? v128.load(q.get) : f32x4.mul(v128.load(q.get), v128.load(s.get))),
    d.set(f32x4.sub(v128.load(p.get), mean.get)),
  )
  const divided = ({ low, high }: Sum): Code =>
    block(low.set(f64x2.add(low.get, high.get)), total.set(f64.div(lanesSum(low), f64.fromInteger(n.get))))
  return loopWhile(
    rows.get,
    block(
      begin(row, x),
      p.set(x.get),
      findMean(row, [p], (place) => v.set(v128.load(p.get, place))),
      ...[squares, own, products].map(clear),
      start,
      // three sums at once keep the adders busy
      loopWhile(
        i32.ltU(p.get, end.get),
        block(
          load,
          v.set(f32x4.mul(d.get, d.get)),
          addTo(squares, v),
          addTo(own, up),
          v.set(f32x4.mul(up.get, d.get)),
          addTo(products, v),
          moved,
        ),
      ),
      divided(own),
      level.set(floatsOf(total)),
      divided(squares),
      inverseOf(row, epsilon),
      products.high.set(f64x2.add(products.low.get, products.high.get)),
      total.set(
        f64.mul(f64.mul(f64.div(lanesSum(products.high), f64.fromInteger(n.get)), total.get), total.get),
      ),
      slope.set(floatsOf(total)),
      start,
      loopWhile(
        i32.ltU(p.get, end.get),
        block(
          load,
          v.set(f32x4.sub(f32x4.sub(up.get, level.get), f32x4.mul(d.get, slope.get))),
          v128.store(out.get, f32x4.mul(v.get, inverse.get)),
          moved,
          out.set(i32.add(out.get, i32.const(vector))),
        ),
      ),
      x.set(p.get),
      g.set(q.get),
      rows.set(i32.sub(rows.get, i32.const(1))),
    ),
  )
}

/** Rows whose products are added up before the sums are stored again. */
const groupedRows = 4

/**
 * `layer_norm_scale_gradient(x, g, n, rows, epsilon, out, room)`: the sum over rows of g times the
 * standardised x. `room` has n float64 of 0, in which the sums are kept. Each is a sum in the order of the
 * rows, however many are taken at once.
 */
function addScaleGradient(assembler: Assembler): void {
  assembler.function(
    'layer_norm_scale_gradient',
    { x: 'i32', g: 'i32', n: 'i32', rows: 'i32', epsilon: 'f64', out: 'i32', room: 'i32' },
    ({ x, g, n, rows, epsilon, out, room }, local) => {
      const row = newRow(local, n)
      const { v } = row
      const { p, s, end } = locals(local, 'i32', 'p', 's', 'end')
      const { low, high } = newSum(local)
      const group = Array.from({ length: groupedRows }, () => ({
        ...locals(local, 'i32', 'from', 'up'),
        ...locals(local, 'v128', 'mean', 'inverse'),
      }))
      const standing = (lines: typeof group): Code =>
        block(
          ...lines.map(({ from, up, mean, inverse }) =>
            block(
              begin(row, x),
              p.set(x.get),
              findMean(row, [p], (place) => v.set(v128.load(p.get, place))),
              p.set(x.get),
              findInverse(row, p, epsilon),
              mean.set(row.mean.get),
              inverse.set(row.inverse.get),
              from.set(x.get),
              up.set(g.get),
              g.set(i32.add(g.get, i32.sub(p.get, x.get))),
              x.set(p.get),
            ),
          ),
          s.set(room.get),
          end.set(i32.add(room.get, i32.shl(n.get, i32.const(3)))),
          loopWhile(
            i32.ltU(s.get, end.get),
            block(
              low.set(v128.load(s.get)),
              high.set(v128.load(s.get, vector)),
              ...lines.map(({ from, up, mean, inverse }) =>
                block(
                  v.set(
                    f32x4.mul(
                      v128.load(up.get),
                      f32x4.mul(f32x4.sub(v128.load(from.get), mean.get), inverse.get),
                    ),
                  ),
                  addTo({ low, high }, v),
                  from.set(i32.add(from.get, i32.const(vector))),
                  up.set(i32.add(up.get, i32.const(vector))),
                ),
              ),
              v128.store(s.get, low.get),
              v128.store(s.get, high.get, vector),
              s.set(i32.add(s.get, i32.const(2 * vector))),
            ),
          ),
          rows.set(i32.sub(rows.get, i32.const(lines.length))),
        )
      const rounded = v128.lanes(
        f64x2.demote(v128.load(room.get)),
        f64x2.demote(v128.load(room.get, vector)),
        [0, 1, 4, 5],
      )
      return block(
        loopWhile(i32.geS(rows.get, i32.const(groupedRows)), standing(group)),
        loopWhile(rows.get, standing(group.slice(0, 1))),
        loopWhile(
          n.get,
          block(
            v128.store(out.get, rounded),
            out.set(i32.add(out.get, i32.const(vector))),
            room.set(i32.add(room.get, i32.const(2 * vector))),
            n.set(i32.sub(n.get, i32.const(4))),
          ),
        ),
      )
    },
  )
}
