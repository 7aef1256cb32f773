/** Cases of what fuse-bias-activation, fuse-residual-layer-norm and narrow-dropout-masks make: shapes as small as they come, and such as vector kernels take. */
import { coin, positive } from '../typed.ts'
import type { Cases, OpCase } from './case.ts'

const epsilon = 1e-5
const down = { left: ['example', 'token', 'row'], right: ['row', 'unit'], sum: ['row'] }

const sumsOfRows: readonly OpCase[] = [
  {
    title: 'of states',
    inputs: ['f32[B, L, unit 4]', 'f32[B, L, unit 4]', 'f32[row 4]', 'f32[row 4]'],
    attributes: { epsilon },
  },
  {
    title: 'of positions, before class',
    inputs: ['f32[R, unit 5, class 2]', 'f32[R, unit 5, class 2]', 'f32[row 5]', 'f32[row 5]'],
    attributes: { epsilon: 0.5 },
  },
  {
    title: 'of long rows',
    inputs: ['f32[R, unit 101]', 'f32[R, unit 101]', 'f32[row 101]', 'f32[row 101]'],
    attributes: { epsilon: 1e-12 },
  },
  {
    title: 'of an odd number of vectors',
    inputs: ['f32[R, unit 100]', 'f32[R, unit 100]', 'f32[row 100]', 'f32[row 100]'],
    attributes: { epsilon: 1e-12 },
  },
  {
    title: 'of an even number of vectors',
    inputs: ['f32[B, L, unit 104]', 'f32[B, L, unit 104]', 'f32[row 104]', 'f32[row 104]'],
    attributes: { epsilon: 1e-12 },
  },
]

/** x and a cotangent of its type, and what else there is to the op. */
function gradientsOf(more: (units: number) => readonly string[]): readonly OpCase[] {
  return (
    [
      ['of states', 'f32[B, L, unit 4]', 4, 1e-5],
      ['of positions, before class', 'f32[R, unit 5, class 2]', 5, 0.5],
      ['of one row', 'f32[unit 3]', 3, 1e-5],
      ['of long rows', 'f32[R, unit 101]', 101, 1e-12],
      ['of an odd number of vectors', 'f32[R, unit 100]', 100, 1e-12],
      ['of an even number of vectors', 'f32[B, L, unit 104]', 104, 1e-12],
    ] as const
  ).map(([title, x, units, epsilon]) => ({ title, inputs: [x, x, ...more(units)], attributes: { epsilon } }))
}

export const fused: Cases = {
  linear_activation: [
    ...(['gelu', 'gelu_tanh', 'relu'] as const).map((activation) => ({
      title: `${activation} of units`,
      inputs: ['f32[B, L, unit 3]', 'f32[row 4, column 3]', 'f32[row 4]'],
      attributes: { out: 'unit', activation },
    })),
    {
      title: "over unit before unit'",
      inputs: ["f32[unit 3, unit' 2]", 'f32[row 4, column 3]', 'f32[row 4]'],
      attributes: { out: 'class', activation: 'relu' },
    },
    ...(['gelu', 'gelu_tanh', 'relu'] as const).map((activation) => ({
      title: `${activation} of positions, widths that are no multiple of a vector`,
      inputs: ['f32[R, unit 37]', 'f32[row 53, column 37]', 'f32[row 53]'],
      attributes: { out: 'unit', activation },
    })),
  ],
  contract_activation_gradient: [
    {
      title: 'of gelu',
      inputs: ['f32[B, L, unit 3]', 'f32[row 3, column 4]', 'f32[B, L, unit 4]'],
      attributes: { ...down, activation: 'gelu' },
    },
    {
      title: 'of gelu_tanh, turned',
      inputs: ['f32[unit 3, class 4]', 'f32[B, class 4]', 'f32[B, unit 3]'],
      attributes: {
        left: ['unit', 'row'],
        right: ['example', 'row'],
        sum: ['row'],
        activation: 'gelu_tanh',
      },
    },
    ...(['gelu', 'gelu_tanh'] as const).map((activation) => ({
      title: `of ${activation}, widths that are no multiple of a vector`,
      inputs: ['f32[B, L, unit 37]', 'f32[row 37, column 53]', 'f32[B, L, unit 53]'],
      attributes: { ...down, activation },
    })),
    {
      title: 'of products of a batch',
      inputs: [
        "f32[B, head 2, L, token' 7]",
        "f32[B, head 2, token' 7, unit 9]",
        'f32[B, head 2, L, unit 9]',
      ],
      attributes: {
        left: ['example', 'head', 'token', "token'"],
        right: ['example', 'head', "token'", 'unit'],
        sum: ["token'"],
        activation: 'gelu',
      },
    },
  ],
  dropout: [
    {
      title: 'of states',
      inputs: ['f32[B, L, unit 4]', ['bool[B, L, unit 4]', coin]],
      attributes: { rate: 0.25 },
    },
    { title: 'that keeps all', inputs: ['f32[R]', ['bool[R]', () => 1]], attributes: { rate: 0 } },
  ],
  dropout_softmax_gradient: [
    {
      title: 'over the last axis',
      inputs: [['f32[B, unit 4]', positive], 'f32[B, unit 4]', ['bool[B, unit 4]', coin]],
      attributes: { axis: 'unit', divisor: 8, rate: 0.1 },
    },
    {
      title: 'over the first',
      inputs: [['f32[B, unit 4]', positive], 'f32[B, unit 4]', ['bool[B, unit 4]', coin]],
      attributes: { axis: 'example', divisor: 0.3, rate: 0.5 },
    },
  ],
  residual_layer_norm: sumsOfRows,
  layer_norm_gradient: gradientsOf((units) => [`f32[unit ${units}]`]),
  layer_norm_scale_gradient: gradientsOf(() => []),
}
