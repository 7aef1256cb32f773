/**
 * Vector loops over rows: sums, products and quotients of two rows or of a row and a number; what loops over
 * elements are made of. Lengths are any.
 */
import {
  type Assembler,
  block,
  type Code,
  type Constants,
  f32,
  f32x4,
  i32,
  i32x4,
  type Local,
  loopWhile,
  v128,
  when,
} from './assembler.ts'

const one = i32.const(1)
const bytes = i32.const(16)

type Apply = (a: Code, b: Code) => Code

const rowOps: { readonly [name: string]: Apply } = {
  add: f32x4.add,
  subtract: f32x4.sub,
  multiply: f32x4.mul,
  divide: f32x4.div,
}

export const rowOpNames = ['add', 'subtract', 'multiply', 'divide'] as const
export type RowOp = (typeof rowOpNames)[number]

/**
 * For each op `NAME(a, aStep, b, bStep, out, n, rows, aRow, bRow)`: out[i] = a[i] op b[i], `rows` rows of `n`
 * one after another in `out`. A step is 4, or 0 for one number repeated along the row; `aRow` and `bRow` are
 * the distances of rows, in bytes.
 */
export function addRowOps(assembler: Assembler): void {
  for (const [name, apply] of Object.entries(rowOps)) {
    assembler.function(
      name,
      {
        a: 'i32',
        aStep: 'i32',
        b: 'i32',
        bStep: 'i32',
        out: 'i32',
        n: 'i32',
        rows: 'i32',
        aRow: 'i32',
        bRow: 'i32',
      },
      ({ a, aStep, b, bStep, out, n, rows, aRow, bRow }, local) => {
        const k = local('i32')
        const p = local('i32')
        const q = local('i32')
        const x = local('v128')
        const y = local('v128')
        const load = (step: Local, at: Local): Code => (step === aStep ? x : y).set(v128.load(at.get))
        const advance = (pointer: Local, step: Local): Code =>
          pointer.set(i32.add(pointer.get, i32.shl(step.get, i32.const(2))))
        const whole = (varyA: boolean, varyB: boolean): Code =>
          loopWhile(
            i32.geS(k.get, i32.const(4)),
            block(
              varyA ? load(aStep, p) : [],
              varyB ? load(bStep, q) : [],
              v128.store(out.get, apply(x.get, y.get)),
              varyA ? advance(p, aStep) : [],
              varyB ? advance(q, bStep) : [],
              out.set(i32.add(out.get, bytes)),
              k.set(i32.sub(k.get, i32.const(4))),
            ),
          )
        const rest = loopWhile(
          k.get,
          block(
            f32.store(out.get, f32x4.first(apply(v128.loadSplat(p.get), v128.loadSplat(q.get)))),
            p.set(i32.add(p.get, aStep.get)),
            q.set(i32.add(q.get, bStep.get)),
            out.set(i32.add(out.get, i32.const(4))),
            k.set(i32.sub(k.get, one)),
          ),
        )
        return loopWhile(
          rows.get,
          block(
            k.set(n.get),
            p.set(a.get),
            q.set(b.get),
            when(
              aStep.get,
              when(bStep.get, whole(true, true), block(y.set(v128.loadSplat(q.get)), whole(true, false))),
              block(x.set(v128.loadSplat(p.get)), when(bStep.get, whole(false, true), [])),
            ),
            rest,
            a.set(i32.add(a.get, aRow.get)),
            b.set(i32.add(b.get, bRow.get)),
            rows.set(i32.sub(rows.get, one)),
          ),
        )
      },
    )
  }
}

/**
 * Runs `vector` for four elements at a time, then for the rest element by element in the first lane, so that
 * no memory beyond the last one is touched. `vector` gets a function that loads from a pointer, and returns
 * the value for `out`. Pointers, `out` and `n` are modified.
 */
export function everyElement(
  n: Local,
  pointers: readonly Local[],
  out: Local,
  vector: (load: (pointer: Local) => Code) => { readonly before: Code; readonly result: Code },
): Code {
  const turn = (size: number): Code => {
    const { before, result } = vector((p) => (size === 4 ? v128.load(p.get) : v128.loadSplat(p.get)))
    return block(
      before,
      size === 4 ? v128.store(out.get, result) : f32.store(out.get, f32x4.first(result)),
      ...[...pointers, out].map((p) => p.set(i32.add(p.get, i32.const(4 * size)))),
      n.set(i32.sub(n.get, i32.const(size))),
    )
  }
  return block(loopWhile(i32.geS(n.get, i32.const(4)), turn(4)), loopWhile(n.get, turn(1)))
}

export function polynomial(x: Local, constants: Constants, coefficients: readonly number[]): Code {
  return coefficients
    .slice(1)
    .reduce<Code>(
      (sum, coefficient) => f32x4.add(f32x4.mul(sum, x.get), constants.floats(coefficient)),
      constants.floats(coefficients[0] ?? 0),
    )
}

/**
 * exp(x) for x <= 88, by powers of two and a polynomial on the rest (S. Moshier's Cephes, expf): two units in
 * the last place. `x` is overwritten; `n` and `y` are room. Below -87 it is 0 but for a tiny remainder.
 */
export function exponential(constants: Constants, x: Local, n: Local, y: Local): Code {
  const number = (value: number): Code => constants.floats(value)
  return block(
    x.set(f32x4.greater(x.get, number(-87))),
    n.set(f32x4.nearest(f32x4.mul(x.get, number(Math.LOG2E)))),
    x.set(f32x4.sub(x.get, f32x4.mul(n.get, number(0.693359375)))),
    x.set(f32x4.add(x.get, f32x4.mul(n.get, number(2.1219444e-4)))),
    y.set(
      polynomial(
        x,
        constants,
        [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
      ),
    ),
    y.set(f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(y.get, x.get), x.get), x.get), number(1))),
    // beyond 2^23 the last bits of a float are an integer: n + 127, moved to where the exponent is
    y.set(f32x4.mul(y.get, i32x4.shl(f32x4.add(n.get, number(2 ** 23 + 2 ** 22 + 127)), i32.const(23)))),
  )
}
