/** softmax over dense rows, and its gradient, in vectors; sums in float64. */
import {
  type Assembler,
  block,
  type Code,
  Constants,
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
  when,
} from './assembler.ts'
import { exponential } from './elementwise.ts'
import { lanesSum, upperHalf } from './moments.ts'

const four = i32.const(4)
const sixteen = i32.const(16)
const lowest = -3.4e38

type SoftmaxParameters = { readonly [name in 'x' | 'n' | 'rows' | 'live' | 'room' | 'out']: Local }

/**
 * `softmax(x, n, rows, live, room, out)`: rows of n floats one after another. `live` is a row of n words, all
 * bits where a position counts and none where not, filled up with zeros to whole vectors; `room` has room for
 * as many. Reads up to twelve bytes beyond x, and writes nothing beyond `out`.
 *
 * `scaled_softmax(.., bias, divisor)`: softmax of x / divisor + bias, the bias one row of numbers like
 * `live`.
 */
export function addSoftmax(assembler: Assembler): void {
  assembler.function(
    'softmax',
    { x: 'i32', n: 'i32', rows: 'i32', live: 'i32', room: 'i32', out: 'i32' },
    (parameters, local) => softmaxRows(parameters, local),
  )
  assembler.function(
    'scaled_softmax',
    { x: 'i32', n: 'i32', rows: 'i32', live: 'i32', room: 'i32', out: 'i32', bias: 'i32', divisor: 'f32' },
    ({ bias, divisor, ...parameters }, local) => softmaxRows(parameters, local, { bias, divisor }),
  )
}

function softmaxRows(
  { x, n, rows, live, room, out }: SoftmaxParameters,
  local: MakeLocal,
  scores?: { readonly bias: Local; readonly divisor: Local },
): Code {
  const { p, m, q, end, rest } = locals(local, 'i32', 'p', 'm', 'q', 'end', 'rest')
  const { v, a, b, greatest, low, high, scale } = locals(
    local,
    'v128',
    'v',
    'a',
    'b',
    'greatest',
    'low',
    'high',
    'scale',
  )
  const total = local('f64')
  const start = block(p.set(x.get), m.set(live.get), q.set(room.get))
  const advance = block(...[p, m, q].map((pointer) => pointer.set(i32.add(pointer.get, sixteen))))
  const constants = new Constants(local)
  const lowestFloats = constants.floats(lowest)
  const r = local('i32')
  const divisors = local('v128')
  // a score is needed twice: with a division before it, it stays in the room in between
  const score =
    scores === undefined
      ? v128.load(p.get)
      : f32x4.add(f32x4.div(v128.load(p.get), divisors.get), v128.load(r.get))
  const masked = v128.select(v128.load(m.get), score, lowestFloats)
  const again = scores === undefined ? masked : v128.load(q.get)
  const first = scores === undefined ? [] : r.set(scores.bias.get)
  const next = scores === undefined ? [] : r.set(i32.add(r.get, sixteen))
  const over = (body: Code): Code => block(start, loopWhile(i32.ltU(m.get, end.get), block(body, advance)))
  const body = block(
    end.set(i32.add(live.get, i32.shl(i32.shrU(i32.add(n.get, i32.const(3)), i32.const(2)), four))),
    loopWhile(
      rows.get,
      block(
        greatest.set(v128.floats(lowest)),
        first,
        over(
          scores === undefined
            ? greatest.set(f32x4.greater(greatest.get, masked))
            : block(
                v.set(masked),
                greatest.set(f32x4.greater(greatest.get, v.get)),
                v128.store(q.get, v.get),
                next,
              ),
        ),
        greatest.set(f32x4.greater(greatest.get, v128.lanes(greatest.get, greatest.get, [2, 3, 0, 1]))),
        greatest.set(f32x4.greater(greatest.get, v128.lanes(greatest.get, greatest.get, [1, 0, 3, 2]))),
        low.set(v128.floats(0)),
        high.set(v128.floats(0)),
        over(
          block(
            v.set(f32x4.sub(again, greatest.get)),
            exponential(constants, v, a, b),
            v.set(v128.and(b.get, v128.load(m.get))),
            low.set(f64x2.add(low.get, f64x2.promote(v.get))),
            high.set(f64x2.add(high.get, f64x2.promote(upperHalf(v)))),
            v128.store(q.get, v.get),
          ),
        ),
        low.set(f64x2.add(low.get, high.get)),
        total.set(lanesSum(low)),
        // a row without a live position has total 0: 0 / 1
        when(f64.eq(total.get, f64.const(0)), total.set(f64.const(1))),
        total.set(f64.div(f64.const(1), total.get)),
        scale.set(f32x4.splat(f64.toFloat(total.get))),
        q.set(room.get),
        rest.set(n.get),
        loopWhile(
          i32.geS(rest.get, four),
          block(
            v128.store(out.get, f32x4.mul(v128.load(q.get), scale.get)),
            q.set(i32.add(q.get, sixteen)),
            out.set(i32.add(out.get, sixteen)),
            rest.set(i32.sub(rest.get, four)),
          ),
        ),
        loopWhile(
          rest.get,
          block(
            f32.store(out.get, f32x4.first(f32x4.mul(v128.loadSplat(q.get), scale.get))),
            q.set(i32.add(q.get, four)),
            out.set(i32.add(out.get, four)),
            rest.set(i32.sub(rest.get, i32.const(1))),
          ),
        ),
        x.set(i32.add(x.get, i32.shl(n.get, i32.const(2)))),
        rows.set(i32.sub(rows.get, i32.const(1))),
      ),
    ),
  )
  return block(
    constants.setup(),
    scores === undefined ? [] : divisors.set(f32x4.splat(scores.divisor.get)),
    body,
  )
}

/**
 * `softmax_gradient(y, g, n, rows, out)`: y (g - sum(y g)) over dense rows of n floats.
 * `scaled_softmax_gradient(.., d, divisor)`: with g d for g, and all of it divided.
 */
export function addSoftmaxGradient(assembler: Assembler): void {
  assembler.function(
    'softmax_gradient',
    { y: 'i32', g: 'i32', n: 'i32', rows: 'i32', out: 'i32' },
    (parameters, local) => softmaxGradientRows(parameters, local),
  )
  assembler.function(
    'scaled_softmax_gradient',
    { y: 'i32', g: 'i32', n: 'i32', rows: 'i32', out: 'i32', d: 'i32', divisor: 'f32' },
    ({ d, divisor, ...parameters }, local) => softmaxGradientRows(parameters, local, { d, divisor }),
  )
}

function softmaxGradientRows(
  { y, g, n, rows, out }: { readonly [name in 'y' | 'g' | 'n' | 'rows' | 'out']: Local },
  local: MakeLocal,
  scores?: { readonly d: Local; readonly divisor: Local },
): Code {
  const { p, q, r, rest } = locals(local, 'i32', 'p', 'q', 'r', 'rest')
  const divisors = local('v128')
  const pointers = scores === undefined ? [p, q] : [p, q, r]
  const { v, low, high, dot } = locals(local, 'v128', 'v', 'low', 'high', 'dot')
  const total = local('f64')
  const start = block(
    p.set(y.get),
    q.set(g.get),
    scores === undefined ? [] : r.set(scores.d.get),
    rest.set(n.get),
  )
  const cotangent = (load: (p: Local) => Code): Code =>
    scores === undefined ? load(q) : f32x4.mul(load(q), load(r))
  const quotient = (value: Code): Code => (scores === undefined ? value : f32x4.div(value, divisors.get))
  const one = (at: Local): Code => v128.loadSplat(at.get)
  const advance = (elements: number, pointers: readonly Local[]): Code =>
    block(
      ...pointers.map((pointer) => pointer.set(i32.add(pointer.get, i32.const(4 * elements)))),
      rest.set(i32.sub(rest.get, i32.const(elements))),
    )
  const entry = (load: (p: Local) => Code): Code =>
    quotient(f32x4.mul(load(p), f32x4.sub(cotangent(load), dot.get)))
  return block(
    scores === undefined ? [] : divisors.set(f32x4.splat(scores.divisor.get)),
    loopWhile(
      rows.get,
      block(
        start,
        low.set(v128.floats(0)),
        high.set(v128.floats(0)),
        loopWhile(
          i32.geS(rest.get, four),
          block(
            v.set(
              f32x4.mul(
                v128.load(p.get),
                cotangent((at) => v128.load(at.get)),
              ),
            ),
            low.set(f64x2.add(low.get, f64x2.promote(v.get))),
            high.set(f64x2.add(high.get, f64x2.promote(upperHalf(v)))),
            advance(4, pointers),
          ),
        ),
        low.set(f64x2.add(low.get, high.get)),
        total.set(lanesSum(low)),
        loopWhile(
          rest.get,
          block(
            total.set(
              f64.add(
                total.get,
                f64.mul(f64.fromFloat(f32.load(p.get)), f64.fromFloat(f32x4.first(cotangent(one)))),
              ),
            ),
            advance(1, pointers),
          ),
        ),
        dot.set(f32x4.splat(f64.toFloat(total.get))),
        start,
        loopWhile(
          i32.geS(rest.get, four),
          block(
            v128.store(
              out.get,
              entry((at) => v128.load(at.get)),
            ),
            advance(4, [...pointers, out]),
          ),
        ),
        loopWhile(
          rest.get,
          block(
            f32.store(out.get, f32x4.first(entry((at) => v128.loadSplat(at.get)))),
            advance(1, [...pointers, out]),
          ),
        ),
        y.set(p.get),
        g.set(q.get),
        scores === undefined ? [] : scores.d.set(r.get),
        rows.set(i32.sub(rows.get, i32.const(1))),
      ),
    ),
  )
}

/** `copy_rows(from, fromRow, to, toRow, n, rows)`: rows of n floats, `fromRow` and `toRow` bytes apart. */
export function addCopyRows(assembler: Assembler): void {
  assembler.function(
    'copy_rows',
    { from: 'i32', fromRow: 'i32', to: 'i32', toRow: 'i32', n: 'i32', rows: 'i32' },
    ({ from, fromRow, to, toRow, n, rows }, local) => {
      const { p, q, rest } = locals(local, 'i32', 'p', 'q', 'rest')
      const advance = (elements: number): Code =>
        block(
          ...[p, q].map((pointer) => pointer.set(i32.add(pointer.get, i32.const(4 * elements)))),
          rest.set(i32.sub(rest.get, i32.const(elements))),
        )
      return loopWhile(
        rows.get,
        block(
          p.set(from.get),
          q.set(to.get),
          rest.set(n.get),
          loopWhile(i32.geS(rest.get, four), block(v128.store(q.get, v128.load(p.get)), advance(4))),
          loopWhile(rest.get, block(f32.store(q.get, f32.load(p.get)), advance(1))),
          from.set(i32.add(from.get, fromRow.get)),
          to.set(i32.add(to.get, toRow.get)),
          rows.set(i32.sub(rows.get, i32.const(1))),
        ),
      )
    },
  )
}
