/**
 * The families of element-wise ops. Binary ones align their inputs by axis name, and the result has the axes
 * of both. The file of each op has its function and gradient.
 */
import {
  type DType,
  GraphError,
  type OpDefinition,
  type ReferenceEnvironment,
  type ReferenceValue,
  type TensorType,
} from '../../graph.ts'
import { concreteShape, printType, tensorType, unionDimensions } from '../../type.ts'
import { requireDType, take } from './inputs.ts'
import { aligned, at, countOf, type Operand } from './values.ts'

type Vjp = NonNullable<OpDefinition['vjp']>
type Decompose = NonNullable<OpDefinition['decompose']>

interface Common {
  readonly name: string
  readonly vjp?: Vjp
  readonly decompose?: Decompose
}

/** Optional rules, present only where given. */
function rules(definition: Common): { vjp?: Vjp; decompose?: Decompose } {
  return {
    ...(definition.vjp === undefined ? {} : { vjp: definition.vjp }),
    ...(definition.decompose === undefined ? {} : { decompose: definition.decompose }),
  }
}

function pointwise(
  operands: readonly Operand[],
  type: TensorType,
  environment: ReferenceEnvironment,
  apply: (...values: number[]) => number,
): ReferenceValue {
  const shape = concreteShape(type, environment.sizes)
  const columns = operands.map((operand) => aligned(operand, type.dimensions, shape))
  const data = new Float64Array(countOf(shape))
  const [a, b, c] = columns
  if (a !== undefined && columns.length === 1) {
    for (let i = 0; i < data.length; i++) data[i] = apply(at(a, i))
  } else if (a !== undefined && b !== undefined && columns.length === 2) {
    for (let i = 0; i < data.length; i++) data[i] = apply(at(a, i), at(b, i))
  } else if (a !== undefined && b !== undefined && c !== undefined) {
    for (let i = 0; i < data.length; i++) data[i] = apply(at(a, i), at(b, i), at(c, i))
  }
  return { shape, data }
}

/**
 * One input, a result of the same type.
 *   (C1) one input  (C2) its dtype is one of `dtypes` (f32 unless said)
 */
export function unary(
  definition: Common & { readonly dtypes?: readonly DType[]; readonly apply: (x: number) => number },
): OpDefinition {
  const { name, dtypes = ['f32'] as const, apply } = definition
  return {
    name,
    infer: (inputs) => {
      const [x] = take(name, inputs, 1)
      requireDType(name, 'its input', x, dtypes)
      return x
    },
    evaluate: (inputs, _attributes, type, environment) =>
      pointwise(inputs, type, environment, (x = Number.NaN) => apply(x)),
    ...rules(definition),
  }
}

/**
 * Two inputs, broadcast by name.
 *   (C1) two inputs  (C2) of one dtype, out of `dtypes` (f32 unless said)  (C3) shared axes have one size
 * The result has that dtype, or `result` where given.
 */
export function binary(
  definition: Common & {
    readonly dtypes?: readonly DType[]
    readonly result?: DType
    readonly apply: (a: number, b: number) => number
  },
): OpDefinition {
  const { name, dtypes = ['f32'] as const, result, apply } = definition
  return {
    name,
    infer: (inputs) => {
      const [a, b] = take(name, inputs, 2)
      requireDType(name, 'its left input', a, dtypes)
      if (a.dtype !== b.dtype) {
        throw new GraphError(`${name}: inputs of two types: ${printType(a)} and ${printType(b)}`)
      }
      return tensorType(result ?? a.dtype, unionDimensions(a.dimensions, b.dimensions))
    },
    evaluate: (inputs, _attributes, type, environment) =>
      pointwise(inputs, type, environment, (a = Number.NaN, b = Number.NaN) => apply(a, b)),
    ...rules(definition),
  }
}

/** A comparison: two numbers to a bool; not differentiable. */
export function comparison(name: string, holds: (a: number, b: number) => boolean): OpDefinition {
  return binary({ name, dtypes: ['f32', 'i32'], result: 'bool', apply: (a, b) => (holds(a, b) ? 1 : 0) })
}

/**
 * The gradient op of an activation: inputs x and the cotangent g, result g f'(x).
 *   (C1) two inputs  (C2) both f32  (C3) with the same dimensions
 */
export function activationGradient(
  definition: Common & { readonly derivative: (x: number) => number },
): OpDefinition {
  const { name, derivative } = definition
  const plain = binary({ ...definition, apply: (x, g) => g * derivative(x) })
  return {
    ...plain,
    infer: (inputs, attributes) => {
      const [x] = take(name, inputs, 2)
      const type = plain.infer(inputs, attributes)
      if (inputs.some((input) => input.dimensions.length !== type.dimensions.length)) {
        throw new GraphError(`${name}: inputs of two shapes: ${inputs.map(printType).join(' and ')}`)
      }
      return x
    },
  }
}

/** condition ? a : b, all three aligned by name. */
export function choose(
  operands: readonly Operand[],
  type: TensorType,
  environment: ReferenceEnvironment,
): ReferenceValue {
  return pointwise(operands, type, environment, (c = 0, a = Number.NaN, b = Number.NaN) => (c !== 0 ? a : b))
}
