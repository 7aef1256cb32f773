/** Cases of the ops that work element by element. */
import { nonzero, positive, values } from '../typed.ts'
import type { Cases, OpCase } from './case.ts'

const plain: OpCase = { title: 'of a matrix', inputs: ['f32[B, unit 5]'] }
const aboveZero: OpCase = { title: 'of positive numbers', inputs: [['f32[B, unit 5]', positive]] }
const bits: OpCase = { title: 'of a mask', inputs: ['bool[B, L]'] }
const withCotangent: OpCase = { title: 'with a cotangent', inputs: ['f32[B, unit 5]', 'f32[B, unit 5]'] }

const pairs: readonly OpCase[] = [
  { title: 'of equal shapes', inputs: ['f32[B, L]', 'f32[B, L]'] },
  { title: 'where the right input lacks axes', inputs: ['f32[B, L, unit 2]', 'f32[L]'] },
  { title: 'where both lack an axis', inputs: ['f32[B, unit 2]', 'f32[head 2, unit 2]'] },
  { title: 'with a scalar', inputs: ['f32[]', 'f32[B, L]'] },
  { title: 'of an axis and its primed one', inputs: ['f32[B, L]', "f32[B, token' L]"] },
]
const comparisons: readonly OpCase[] = [
  { title: 'of numbers', inputs: ['f32[B, L]', 'f32[L]'] },
  {
    title: 'of integers, some equal',
    inputs: [
      ['i32[B, L]', values(0, 1, 2)],
      ['i32[]', values(1)],
    ],
  },
]

export const elementwise: Cases = {
  negate: [plain],
  abs: [plain],
  sqrt: [aboveZero],
  exp: [plain],
  log: [aboveZero],
  floor: [plain],
  tanh: [plain],
  relu: [plain],
  gelu: [plain, { title: 'far from 0', inputs: [['f32[unit 6]', values(-6, -3.5, -0.01, 0.01, 3.5, 6)]] }],
  gelu_gradient: [withCotangent],
  gelu_tanh: [plain],
  gelu_tanh_gradient: [withCotangent],
  sigmoid: [plain],
  sign: [plain],
  square: [plain],
  stop_gradient: [plain],
  cast: [
    { ...plain, attributes: { dtype: 'f32' } },
    { title: 'to integers', inputs: ['f32[B, unit 5]'], attributes: { dtype: 'i32' } },
    { title: 'of a mask', inputs: ['bool[B, L]'], attributes: { dtype: 'f32' } },
  ],
  not: [bits],

  add: pairs,
  subtract: pairs,
  multiply: pairs,
  divide: [
    ...pairs.map((pair) => ({
      ...pair,
      inputs: [String(pair.inputs[0]), [String(pair.inputs[1]), nonzero] as const],
    })),
  ],
  power: [
    ...pairs.map((pair) => ({
      ...pair,
      inputs: [[String(pair.inputs[0]), positive] as const, String(pair.inputs[1])],
    })),
  ],
  minimum: pairs,
  maximum: pairs,
  less: comparisons,
  less_equal: comparisons,
  greater: comparisons,
  greater_equal: comparisons,
  equal: comparisons,
  not_equal: comparisons,
  and: [{ title: 'of masks of two shapes', inputs: ['bool[B, L]', "bool[B, token' L]"] }],
  select: [
    { title: 'of equal shapes', inputs: ['bool[B, L]', 'f32[B, L]', 'f32[B, L]'] },
    { title: 'where the condition has more axes', inputs: ['bool[B, L]', 'f32[L]', 'f32[]'] },
    { title: 'where the condition has fewer axes', inputs: ['bool[B]', 'f32[B, unit 3]', 'f32[unit 3]'] },
  ],
}
