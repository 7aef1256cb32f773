/**
 * Vector loops of activations and their gradients over any number of elements: as kernels, and on blocks of a
 * product while they are in the cache.
 */
import { type Assembler, block, type Code, Constants, f32x4, type Local, locals, v128 } from './assembler.ts'
import { everyElement, exponential, polynomial } from './elementwise.ts'

/** `NAME(x, out, n)`. */
export const activations = ['gelu', 'gelu_tanh', 'relu'] as const
/** `NAME(x, g, out, n)`, g the cotangent. */
export const activationGradients = ['gelu_gradient', 'gelu_tanh_gradient'] as const
export type Activation = (typeof activations)[number]
export type ActivationGradient = (typeof activationGradients)[number]

/** Functions that a product may apply to its result, in the order of their numbers in helper threads. */
export const epilogues: readonly EpilogueName[] = [...activations, ...activationGradients]
export type EpilogueName = Activation | ActivationGradient

export function isEpilogue(name: string): name is EpilogueName {
  return epilogues.some((epilogue) => epilogue === name)
}

/**
 * `x` is loaded; the code leaves what is to be stored as `result`, given the cotangent where it is a
 * gradient.
 */
interface Curve {
  readonly before: Code
  readonly result: (g: Code) => Code
}

export function addActivations(assembler: Assembler): void {
  addActivation(assembler, 'gelu', (constants, x, local) => {
    const { t, s, gate } = locals(local, 'v128', 't', 's', 'gate')
    return {
      before: normalGate(constants, x, t, s, gate),
      result: () => f32x4.mul(x.get, gate.get),
    }
  })
  addActivation(assembler, 'gelu_gradient', (constants, x, local) => {
    const { t, s, gate, density } = locals(local, 'v128', 't', 's', 'gate', 'density')
    return {
      before: block(
        normalGate(constants, x, t, s, gate),
        t.set(f32x4.mul(f32x4.mul(x.get, x.get), constants.floats(-0.5))),
        exponential(constants, t, s, density),
        density.set(f32x4.mul(f32x4.mul(density.get, x.get), constants.floats(1 / Math.sqrt(2 * Math.PI)))),
      ),
      result: (g) => f32x4.mul(g, f32x4.add(gate.get, density.get)),
    }
  })
  addActivation(assembler, 'gelu_tanh', (constants, x, local) => {
    const { t, s, gate, square } = locals(local, 'v128', 't', 's', 'gate', 'square')
    return {
      before: logisticGate(constants, x, t, s, gate, square),
      result: () => f32x4.mul(x.get, gate.get),
    }
  })
  addActivation(assembler, 'gelu_tanh_gradient', (constants, x, local) => {
    const { t, s, gate, square } = locals(local, 'v128', 't', 's', 'gate', 'square')
    const number = (value: number): Code => constants.floats(value)
    return {
      // With v the argument of the gate: v' = 2 sqrt(2 / pi) (1 + 3 * 0.044715 x^2).
      before: block(
        logisticGate(constants, x, t, s, gate, square),
        t.set(f32x4.add(f32x4.mul(square.get, number(3 * geluScale * geluCubic)), number(geluScale))),
        s.set(f32x4.mul(f32x4.mul(x.get, gate.get), f32x4.sub(number(1), gate.get))),
        t.set(f32x4.add(gate.get, f32x4.mul(s.get, t.get))),
      ),
      result: (g) => f32x4.mul(g, t.get),
    }
  })
  addActivation(assembler, 'relu', (constants, x) => ({
    before: [],
    result: () => f32x4.greater(x.get, constants.floats(0)),
  }))
}

const geluScale = 2 * Math.sqrt(2 / Math.PI)
const geluCubic = 0.044715

function addActivation(
  assembler: Assembler,
  name: Activation | ActivationGradient,
  curve: (constants: Constants, x: Local, local: Parameters<typeof locals>[0]) => Curve,
): void {
  if (isGradient(name)) {
    assembler.function(
      name,
      { from: 'i32', up: 'i32', out: 'i32', n: 'i32' },
      ({ from, up, out, n }, local) => {
        const x = local('v128')
        const constants = new Constants(local)
        const { before, result } = curve(constants, x, local)
        const loops = everyElement(n, [from, up], out, (load) => ({
          before: block(x.set(load(from)), before),
          result: result(load(up)),
        }))
        return block(constants.setup(), loops)
      },
    )
    return
  }
  assembler.function(name, { from: 'i32', out: 'i32', n: 'i32' }, ({ from, out, n }, local) => {
    const x = local('v128')
    const constants = new Constants(local)
    const { before, result } = curve(constants, x, local)
    const loops = everyElement(n, [from], out, (load) => ({
      before: block(x.set(load(from)), before),
      result: result([]),
    }))
    return block(constants.setup(), loops)
  })
}

function isGradient(name: string): boolean {
  return name.endsWith('_gradient')
}

/**
 * Phi(x) = (1 + erf(x / sqrt 2)) / 2 into `gate`, erf as a quotient of polynomials (Eigen's generic float
 * erf): four units in the last place of 1. Exactly 0 below -5.5.
 */
function normalGate(constants: Constants, x: Local, t: Local, s: Local, gate: Local): Code {
  const number = (value: number): Code => constants.floats(value)
  return block(
    t.set(f32x4.mul(x.get, number(Math.SQRT1_2))),
    t.set(f32x4.lesser(f32x4.greater(t.get, number(-4)), number(4))),
    s.set(f32x4.mul(t.get, t.get)),
    gate.set(
      f32x4.div(
        f32x4.mul(
          t.get,
          polynomial(
            s,
            constants,
            [
              -2.72614225801306e-10, 2.77068142495902e-8, -2.10102402082508e-6, -5.69250639462346e-5,
              -7.34990630326855e-4, -2.95459980854025e-3, -1.60960333262415e-2,
            ],
          ),
        ),
        polynomial(
          s,
          constants,
          [
            -1.45660718464996e-5, -2.13374055278905e-4, -1.68282697438203e-3, -7.37332916720468e-3,
            -1.42647390514189e-2,
          ],
        ),
      ),
    ),
    gate.set(f32x4.add(f32x4.mul(gate.get, number(0.5)), number(0.5))),
    gate.set(v128.and(gate.get, f32x4.ge(x.get, number(-5.5)))),
  )
}

/**
 * (1 + tanh(v / 2)) / 2 = 1 / (1 + exp(-v)) into `gate`, v = 2 sqrt(2 / pi) (x + 0.044715 x^3); `square` gets
 * x^2. A tanh of its own would lose what is left of the gate on the far left.
 */
function logisticGate(constants: Constants, x: Local, t: Local, s: Local, gate: Local, square: Local): Code {
  const number = (value: number): Code => constants.floats(value)
  return block(
    square.set(f32x4.mul(x.get, x.get)),
    t.set(f32x4.add(f32x4.mul(square.get, number(-geluScale * geluCubic)), number(-geluScale))),
    t.set(f32x4.lesser(f32x4.mul(t.get, x.get), number(87))),
    exponential(constants, t, s, gate),
    gate.set(f32x4.div(number(1), f32x4.add(gate.get, number(1)))),
  )
}
