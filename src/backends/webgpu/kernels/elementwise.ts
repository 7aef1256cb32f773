/**
 * Element-wise ops: one expression each, with operands aligned by axis name, written over an input if the
 * plan allows it.
 */
import type { OpKey } from '../../../graph/ops/index.ts'
import type { Kernel, KernelTable } from '../../../run/device.ts'
import { deviceDType } from '../../../run/site.ts'
import { stridesAlong } from '../../tfjs/layout.ts'
import { isSame, type WebGpuDevice } from '../device.ts'
import { elementGroup, groupsFor, nestCode } from '../nest.ts'
import { functionsFor } from '../wgsl.ts'

const tanhInner = 'hyperbolic_tangent(0.79788456 * (a + 0.044715 * a * a * a))'

/** What is computed of the inputs a, b, c: numbers of their own types, where 1 and 0 are a bool. */
const expressions: { readonly [op in OpKey]?: string } = {
  negate: '-a',
  abs: 'abs(a)',
  sqrt: 'sqrt(a)',
  exp: 'exponential(a)',
  log: 'logarithm(a)',
  floor: 'floor(a)',
  tanh: 'hyperbolic_tangent(a)',
  relu: 'select(a, 0.0, a < 0.0)',
  sigmoid: 'logistic(a)',
  sign: 'select(select(a, -1.0, a < 0.0), 1.0, a > 0.0)',
  square: 'a * a',
  gelu: 'a * normal_below(a)',
  gelu_gradient: 'b * (normal_below(a) + a * normal_density(a))',
  gelu_tanh: `0.5 * a * (1.0 + ${tanhInner})`,
  gelu_tanh_gradient: 'b * gelu_tanh_slope(a)',
  add: 'a + b',
  subtract: 'a - b',
  multiply: 'a * b',
  divide: 'a / b',
  power: 'power_of(a, b)',
  minimum: 'least(a, b)',
  maximum: 'greatest(a, b)',
  less: 'i32(a < b)',
  less_equal: 'i32(a <= b)',
  greater: 'i32(a > b)',
  greater_equal: 'i32(a >= b)',
  equal: 'i32(a == b)',
  not_equal: 'i32(a != b)',
  and: 'a & b',
  not: '1 - a',
  select: 'select(c, b, a != 0)',
}

const geluTanhSlope = `
fn gelu_tanh_slope(a : f32) -> f32 {
  let t = ${tanhInner};
  return 0.5 * (1.0 + t) + 0.5 * a * (1.0 - t * t) * 0.79788456 * (1.0 + 0.134145 * a * a);
}`

const names = ['a', 'b', 'c'] as const

/** To i32 towards 0, to bool whether it is not 0. */
const cast: { readonly [dtype: string]: string } = { f32: 'f32(a)', i32: 'i32(a)', bool: 'i32(a != 0)' }

function elementwise(op: string, device: WebGpuDevice): Kernel {
  return (site) => {
    const { output } = site
    const expression =
      op !== 'cast'
        ? expressions[op as OpKey]
        : site.inputs[0]?.dtype === 'f32' && output.dtype === 'bool'
          ? 'i32(a != 0.0)'
          : cast[output.dtype]
    if (expression === undefined) return undefined
    const nest = nestCode(
      {
        shape: output.shape,
        strides: [...site.inputs, output].map((input) => stridesAlong(input, output.axes)),
      },
      'e',
    )
    const dtype = deviceDType(output.dtype)
    const types = site.inputs.map((input) => input.dtype).join()
    return (inputs, { over }) => {
      // An operand that is written over is read from the result, as no buffer may be bound in both ways.
      const mine = inputs.map((input) => over !== undefined && isSame(input, over))
      const key = `${op} ${types} ${output.dtype} ${nest.key} ${mine.map(Number).join('')}`
      const program = device.program(key, () => {
        const load = inputs.map(
          (_, k) => `let ${names[k]} = ${mine[k] ? 'result' : `x_${names[k]}`}[e_${k}];`,
        )
        const slope = expression.includes('gelu_tanh_slope') ? geluTanhSlope : ''
        return {
          operands: names.slice(0, inputs.length).flatMap((name, k) => (mine[k] ? [] : [`x_${name}`])),
          integers: ['elements', ...nest.names],
          floats: [],
          workgroup: elementGroup,
          code: `${functionsFor(slope + expression)}${slope}
fn main(index : i32) {
  if (index >= uniforms.elements) { return; }
  ${nest.code('index')}
  ${load.join(' ')}
  result[index] = ${expression};
}`,
        }
      })
      return device.dispatch(
        program,
        inputs.filter((_, k) => !mine[k]),
        over === undefined ? { shape: [...output.shape], dtype } : { ...over, shape: [...output.shape] },
        groupsFor(output.size),
        { integers: [output.size, ...nest.values] },
      )
    }
  }
}

export function elementwiseKernels(device: WebGpuDevice): KernelTable {
  return Object.fromEntries([...Object.keys(expressions), 'cast'].map((op) => [op, elementwise(op, device)]))
}
