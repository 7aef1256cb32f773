/** Functions of two numbers, with broadcasting, by oneDNN's binary primitive. */
import { backend_util } from '@tensorflow/tfjs-core'
import { at, product } from '../../../tfjs/layout.ts'
import { binary as algorithms, argument, eltwise } from '../../bindings.ts'
import { areFloats, type Call, computed, input, isWorthACall, type Kernel } from '../call.ts'
import type { Description, PostOp } from '../computations.ts'
import { withNaNOf } from './unary.ts'

interface Aligned {
  readonly left: readonly number[]
  readonly right: readonly number[]
  readonly output: readonly number[]
}

/**
 * Shapes of one rank, axes of size 1 left out and neighbours merged that both operands have, or that one of
 * them lacks: as few axes as possible.
 */
function aligned(a: readonly number[], b: readonly number[], shape: readonly number[]): Aligned {
  const left: number[] = []
  const right: number[] = []
  const output: number[] = []
  const own = (of: readonly number[], d: number): number => of[d - shape.length + of.length] ?? 1
  let before = ''
  shape.forEach((n, d) => {
    if (n === 1) return
    const [x, y] = [own(a, d), own(b, d)]
    const kind = `${x === 1} ${y === 1}`
    if (kind === before) {
      const last = output.length - 1
      left[last] = at(left, last) * x
      right[last] = at(right, last) * y
      output[last] = at(output, last) * n
    } else {
      left.push(x)
      right.push(y)
      output.push(n)
    }
    before = kind
  })
  return output.length === 0 ? { left: [1], right: [1], output: [1] } : { left, right, output }
}

function describe(
  { left, right, output }: Aligned,
  algorithm: number,
  isTruth: boolean,
  postOps: readonly PostOp[],
): Description {
  return {
    make: 'dnnl_binary_primitive_desc_create',
    operands: [
      { as: argument.source, dims: left },
      { as: argument.source1, dims: right },
      { as: argument.destination, dims: output, ...(isTruth ? { type: 'u8' } : {}) },
    ],
    parameters: ([a = 0, b = 0, y = 0]) => [algorithm, a, b, y],
    postOps,
  }
}

/** Of the first operand: of two of which one is NaN, the second is given. */
const losesNaN: ReadonlySet<number> = new Set([algorithms.maximum, algorithms.minimum])

interface Function {
  readonly algorithm: number
  /** The same with exchanged operands, if there is one. */
  readonly exchanged?: number
  readonly isTruth?: boolean
  readonly postOps?: readonly PostOp[]
}

/** oneDNN broadcasts its second operand only; where the first one is smaller they change places. */
function combined(call: Call, { algorithm, exchanged, isTruth = false, postOps = [] }: Function) {
  const [a, b] = [input(call, 'a'), input(call, 'b')]
  if (!areFloats([a, b])) return undefined
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape)
  const size = product(shape)
  if (!isWorthACall(size)) return undefined
  const turn = product(a.shape) < size
  if (turn && (exchanged === undefined || product(b.shape) < size)) return undefined
  const [first, second] = turn ? [b, a] : [a, b]
  const used = turn ? (exchanged ?? algorithm) : algorithm
  const sides = aligned(first.shape, second.shape, shape)
  const after = postOps.map((op) => Object.values(op).join(' '))
  const key = `binary ${used} ${isTruth} ${after} ${sides.left} ${sides.right}`
  const result = computed(
    call.backend,
    key,
    () => describe(sides, used, isTruth, postOps),
    [first, second],
    shape,
    isTruth ? 'bool' : 'float32',
  )
  return losesNaN.has(algorithm) ? withNaNOf(call, first, result) : result
}

function binary(of: Function): Kernel {
  return (call) => combined(call, of)
}

function commutative(algorithm: number): Kernel {
  return binary({ algorithm, exchanged: algorithm })
}

function comparison(algorithm: number, exchanged: number): Kernel {
  return binary({ algorithm, exchanged, isTruth: true })
}

const { add, multiply, maximum, minimum, divide, subtract } = algorithms
const { greater, greaterEqual, less, lessEqual, equal, notEqual } = algorithms

/** 1 above zero, `alpha` elsewhere, NaN for NaN. */
const step: Kernel = (call) => {
  const { backend, attributes } = call
  const a = input(call, 'x')
  const zero = backend.makeTensorInfo([], 'float32', Float32Array.of(0))
  const alpha = Number(attributes.alpha ?? 0)
  const postOps = alpha === 0 ? [] : [{ eltwise: eltwise.linear, alpha: 1 - alpha, beta: alpha }]
  const result = combined({ ...call, inputs: { a, b: zero } }, { algorithm: greater, postOps })
  backend.disposeIntermediateTensorInfo(zero)
  return withNaNOf(call, a, result)
}

export const binaryKernels = {
  Step: step,
  Add: commutative(add),
  Multiply: commutative(multiply),
  Maximum: commutative(maximum),
  Minimum: commutative(minimum),
  RealDiv: binary({ algorithm: divide }),
  Sub: binary({ algorithm: subtract }),
  SquaredDifference: binary({
    algorithm: subtract,
    exchanged: subtract,
    postOps: [{ eltwise: eltwise.square, alpha: 0, beta: 0 }],
  }),
  Greater: comparison(greater, less),
  GreaterEqual: comparison(greaterEqual, lessEqual),
  Less: comparison(less, greater),
  LessEqual: comparison(lessEqual, greaterEqual),
  Equal: comparison(equal, equal),
  NotEqual: comparison(notEqual, notEqual),
} satisfies { readonly [name: string]: Kernel }
