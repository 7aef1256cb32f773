/**
 * Optimizer updates in vectors of four float32, in place: gradient, moments and weights are each read and
 * written once. Sums of squares are in float64. For any length: the rest that does not fill a vector goes
 * through its first lane.
 */
import type { AdaptiveRule, MomentumRule } from '../../run/update-rule.ts'
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
} from './assembler.ts'
import { lanesSum, upperHalf } from './moments.ts'

/**
 * A moment nearer to zero than this is zero: numbers below 1e-38 are a hundred times slower, and far below
 * any epsilon.
 */
const smallest = 1e-34

/** One turn of a loop: four elements, or one. */
interface Turn {
  readonly size: 4 | 1
  readonly load: (pointer: Local) => Code
  readonly store: (pointer: Local, value: Code) => Code
}

/** Runs `body` over `n` elements at the pointers, all of which are used up. */
function overElements(n: Local, pointers: readonly Local[], body: (turn: Turn) => Code): Code {
  const turn = (size: 4 | 1): Code =>
    block(
      body({
        size,
        load: (p) => (size === 4 ? v128.load(p.get) : v128.loadSplat(p.get)),
        store: (p, value) => (size === 4 ? v128.store(p.get, value) : f32.store(p.get, f32x4.first(value))),
      }),
      ...pointers.map((p) => p.set(i32.add(p.get, i32.const(4 * size)))),
      n.set(i32.sub(n.get, i32.const(size))),
    )
  return block(loopWhile(i32.geS(n.get, i32.const(4)), turn(4)), loopWhile(n.get, turn(1)))
}

/** A sum of squares of vectors: two pairs of float64 lanes, and a float64 for single elements. */
class SquareSum {
  private readonly low: Local
  private readonly high: Local
  private readonly single: Local

  constructor(local: MakeLocal) {
    this.low = local('v128')
    this.high = local('v128')
    this.single = local('f64')
  }

  add(x: Local, { size }: Turn): Code {
    const low = f64x2.promote(x.get)
    const high = f64x2.promote(upperHalf(x))
    const one = f64.fromFloat(f32x4.first(x.get))
    if (size === 1) return this.single.set(f64.add(this.single.get, f64.mul(one, one)))
    return block(
      this.low.set(f64x2.add(this.low.get, f64x2.mul(low, low))),
      this.high.set(f64x2.add(this.high.get, f64x2.mul(high, high))),
    )
  }

  storeAt(pointer: Local, offset: number): Code {
    const total = f64.add(f64.add(lanesSum(this.low), lanesSum(this.high)), this.single.get)
    return f64.store(pointer.get, total, offset)
  }
}

/** `squares(x, n, out)`: the float64 at `out` is the sum of x[i]^2. */
function addSquares(assembler: Assembler): void {
  assembler.function('squares', { x: 'i32', n: 'i32', out: 'i32' }, ({ x, n, out }, local) => {
    const v = local('v128')
    const sum = new SquareSum(local)
    return block(
      overElements(n, [x], (turn) => block(v.set(turn.load(x)), sum.add(v, turn))),
      sum.storeAt(out, 0),
    )
  })
}

const adaptiveParameters = {
  p: 'i32',
  g: 'i32',
  m: 'i32',
  v: 'i32',
  n: 'i32',
  scale: 'f32',
  coupled: 'f32',
  gain1: 'f32',
  gain2: 'f32',
  size: 'f32',
  root: 'f32',
  epsilon: 'f32',
  decay: 'f32',
} as const

/** The numbers of a rule after the pointers and the length; `scale` with all clipping. */
export function adaptiveNumbers(rule: AdaptiveRule, scale: number): readonly number[] {
  const { coupled, betas, size, root, epsilon, decay } = rule
  return [scale, coupled, 1 - betas[0], 1 - betas[1], size, root, epsilon, decay]
}

export function momentumNumbers({ coupled, momentum, rate }: MomentumRule, scale: number): readonly number[] {
  return [scale, coupled, momentum, rate]
}

/**
 * `adaptive_update(p, g, m, v, n, ...numbers)`: moments and weights by `AdaptiveRule` without trust.
 * `adaptive_direction(..., out)`: moments, the direction u into g, and |p|^2 and |u|^2 as two float64 at
 * `out`. The moments are m + gain (g - m): with b2 near 1 a float32 has 1 - b2 better than b2.
 */
export function addAdaptiveUpdate(assembler: Assembler): void {
  for (const name of ['adaptive_update', 'adaptive_direction'] as const) {
    const parameters = {
      ...adaptiveParameters,
      ...(name === 'adaptive_update' ? {} : ({ out: 'i32' } as const)),
    }
    assembler.function(name, parameters, (given, local) => {
      const { p, g, m, v, n, out, scale, coupled, gain1, gain2, size, root, epsilon, decay } = given
      const { weight, slope, first, second } = locals(local, 'v128', 'weight', 'slope', 'first', 'second')
      const fours = new Splats(local)
      const constants = new Constants(local)
      const four = (number: Local): Code => fours.of(number)
      const toward = (from: Local, to: Code, gain: Local): Code =>
        from.set(f32x4.add(from.get, f32x4.mul(four(gain), f32x4.sub(to, from.get))))
      const flushed = (moment: Local): Code =>
        moment.set(v128.and(moment.get, f32x4.ge(f32x4.abs(moment.get), constants.floats(smallest))))
      const sums = out && { weight: new SquareSum(local), slope: new SquareSum(local) }
      const body = overElements(n, [p, g, m, v], (turn) =>
        block(
          weight.set(turn.load(p)),
          slope.set(f32x4.add(f32x4.mul(turn.load(g), four(scale)), f32x4.mul(weight.get, four(coupled)))),
          first.set(turn.load(m)),
          second.set(turn.load(v)),
          toward(first, slope.get, gain1),
          toward(second, f32x4.mul(slope.get, slope.get), gain2),
          flushed(first),
          flushed(second),
          turn.store(m, first.get),
          turn.store(v, second.get),
          first.set(f32x4.mul(first.get, four(size))),
          second.set(f32x4.add(f32x4.mul(f32x4.sqrt(second.get), four(root)), four(epsilon))),
          slope.set(f32x4.add(f32x4.div(first.get, second.get), f32x4.mul(weight.get, four(decay)))),
          sums
            ? block(turn.store(g, slope.get), sums.weight.add(weight, turn), sums.slope.add(slope, turn))
            : turn.store(p, f32x4.sub(weight.get, slope.get)),
        ),
      )
      const results = sums && out ? block(sums.weight.storeAt(out, 0), sums.slope.storeAt(out, 8)) : []
      return block(fours.setup(), constants.setup(), body, results)
    })
  }
}

/**
 * `descend(p, u, n, step)`: p <- p - step * u. `momentum_update(p, g, b, n, ...numbers)`: `MomentumRule`.
 * `squares(x, n, out)`.
 */
export function addPlainUpdates(assembler: Assembler): void {
  addSquares(assembler)
  assembler.function('descend', { p: 'i32', u: 'i32', n: 'i32', step: 'f32' }, ({ p, u, n, step }, local) => {
    const fours = new Splats(local)
    const body = overElements(n, [p, u], ({ load, store }) =>
      store(p, f32x4.sub(load(p), f32x4.mul(load(u), fours.of(step)))),
    )
    return block(fours.setup(), body)
  })
  const numbers = { scale: 'f32', coupled: 'f32', momentum: 'f32', rate: 'f32' } as const
  const parameters = { p: 'i32', g: 'i32', b: 'i32', n: 'i32', ...numbers } as const
  assembler.function('momentum_update', parameters, (given, local) => {
    const { p, g, b, n, scale, coupled, momentum, rate } = given
    const { weight, slope } = locals(local, 'v128', 'weight', 'slope')
    const fours = new Splats(local)
    const constants = new Constants(local)
    const body = overElements(n, [p, g, b], ({ load, store }) =>
      block(
        weight.set(load(p)),
        slope.set(f32x4.add(f32x4.mul(load(g), fours.of(scale)), f32x4.mul(weight.get, fours.of(coupled)))),
        slope.set(f32x4.add(f32x4.mul(load(b), fours.of(momentum)), slope.get)),
        slope.set(v128.and(slope.get, f32x4.ge(f32x4.abs(slope.get), constants.floats(smallest)))),
        store(b, slope.get),
        store(p, f32x4.sub(weight.get, f32x4.mul(slope.get, fours.of(rate)))),
      ),
    )
    return block(fours.setup(), constants.setup(), body)
  })
}

/**
 * Numbers of a function as vectors of four, made once. `setup` goes before the loops, and is called after
 * their code was written.
 */
class Splats {
  private readonly local: MakeLocal
  private readonly known = new Map<Local, Local>()

  constructor(local: MakeLocal) {
    this.local = local
  }

  of(number: Local): Code {
    const four = this.known.get(number) ?? this.local('v128')
    this.known.set(number, four)
    return four.get
  }

  setup(): Code {
    return block(...[...this.known].map(([number, four]) => four.set(f32x4.splat(number.get))))
  }
}
