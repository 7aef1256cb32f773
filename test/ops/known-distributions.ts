/** Values of normalisations and of losses over a distribution, worked out by hand; among them dead rows and labels out of range. */
import type { Input, Known } from './known-values.ts'

const live: Input = ['bool[B, L]', [1, 0, 1, 0, 0, 0]]

export const distributionValues: readonly Known[] = [
  {
    op: 'standardize',
    inputs: [['f32[unit 4]', [1, 3, 5, 7]]],
    attributes: { epsilon: 4 },
    gives: 'f32[unit 4]',
    elements: [-1, -1 / 3, 1 / 3, 1],
  },
  {
    op: 'layer_norm',
    inputs: [
      ['f32[unit 4]', [1, 3, 5, 7]],
      ['f32[row 4]', [1, 3, 3, 2]],
      ['f32[row 4]', [0, 0, 1, 1]],
    ],
    attributes: { epsilon: 4 },
    gives: 'f32[unit 4]',
    elements: [-1, -1, 2, 3],
  },
  {
    op: 'standardize_gradient',
    title: 'is 0 for a level cotangent',
    inputs: [
      ['f32[unit 4]', [1, 3, 5, 7]],
      ['f32[unit 4]', [2, 2, 2, 2]],
    ],
    attributes: { epsilon: 4 },
    gives: 'f32[unit 4]',
    elements: [0, 0, 0, 0],
  },
  {
    op: 'residual_layer_norm',
    inputs: [
      ['f32[unit 4]', [1, 2, 4, 6]],
      ['f32[unit 4]', [0, 1, 1, 1]],
      ['f32[row 4]', [1, 3, 3, 2]],
      ['f32[row 4]', [0, 0, 1, 1]],
    ],
    attributes: { epsilon: 4 },
    gives: 'f32[unit 4]',
    elements: [-1, -1, 2, 3],
  },
  {
    op: 'layer_norm_gradient',
    // (g s - mean - y mean(g s y)) / 3 with y = -1, -1/3, 1/3, 1 and g s = 9, 0, 0, 0
    inputs: [
      ['f32[unit 4]', [1, 3, 5, 7]],
      ['f32[unit 4]', [3, 0, 0, 0]],
      ['f32[unit 4]', [3, 1, 2, 5]],
    ],
    attributes: { epsilon: 4 },
    gives: 'f32[unit 4]',
    elements: [1.5, -1, -0.5, 0],
  },
  {
    op: 'layer_norm_scale_gradient',
    inputs: [
      ['f32[B, unit 4]', [1, 3, 5, 7, 7, 5, 3, 1]],
      ['f32[B, unit 4]', [1, 3, 3, 2, 0, 3, 6, 1]],
    ],
    attributes: { epsilon: 4 },
    gives: 'f32[unit 4]',
    elements: [-1, 0, -1, 1],
  },
  {
    op: 'softmax',
    title: 'with a dead row',
    inputs: [['f32[B, L]', [0, 1e9, Math.log(3), Number.NaN, 1, 2]], live],
    attributes: { axis: 'token' },
    gives: 'f32[B, L]',
    elements: [0.25, 0, 0.75, 0, 0, 0],
  },
  {
    op: 'softmax',
    title: 'of large numbers',
    inputs: [['f32[token 2]', [1000, 1000]]],
    attributes: { axis: 'token' },
    gives: 'f32[token 2]',
    elements: [0.5, 0.5],
  },
  {
    op: 'scaled_softmax',
    title: 'divides, then adds',
    inputs: [
      ['f32[B, L]', [0, 1e9, 2 * Math.log(3), Number.NaN, 1, 2]],
      ['f32[L]', [Math.log(2), 0, 0]],
      live,
    ],
    attributes: { axis: 'token', divisor: 2 },
    gives: 'f32[B, L]',
    elements: [0.4, 0, 0.6, 0, 0, 0],
  },
  {
    op: 'scaled_softmax_gradient',
    inputs: [
      ['f32[unit 2]', [0.25, 0.75]],
      ['f32[unit 2]', [2, 5]],
      ['f32[unit 2]', [2, 0]],
    ],
    attributes: { axis: 'unit', divisor: 4 },
    gives: 'f32[unit 2]',
    elements: [0.1875, -0.1875],
  },
  {
    op: 'dropout',
    inputs: [
      ['f32[unit 3]', [2, 5, -3]],
      ['bool[unit 3]', [1, 0, 1]],
    ],
    attributes: { rate: 0.5 },
    gives: 'f32[unit 3]',
    elements: [4, 0, -6],
  },
  {
    op: 'dropout_softmax_gradient',
    inputs: [
      ['f32[unit 2]', [0.25, 0.75]],
      ['f32[unit 2]', [2, 5]],
      ['bool[unit 2]', [1, 0]],
    ],
    attributes: { axis: 'unit', divisor: 4, rate: 0.5 },
    gives: 'f32[unit 2]',
    elements: [0.1875, -0.1875],
  },
  {
    op: 'log_softmax',
    title: 'is 0 where masked',
    inputs: [['f32[B, L]', [0, 1e9, Math.log(3), Number.NaN, 1, 2]], live],
    attributes: { axis: 'token' },
    gives: 'f32[B, L]',
    elements: [Math.log(0.25), 0, Math.log(0.75), 0, 0, 0],
  },
  {
    op: 'softmax_gradient',
    inputs: [
      ['f32[unit 2]', [0.25, 0.75]],
      ['f32[unit 2]', [4, 0]],
    ],
    attributes: { axis: 'unit' },
    gives: 'f32[unit 2]',
    elements: [0.75, -0.75],
  },
  {
    op: 'log_softmax_gradient',
    inputs: [
      ['f32[unit 2]', [0.25, 0.75]],
      ['f32[unit 2]', [4, 0]],
    ],
    attributes: { axis: 'unit' },
    gives: 'f32[unit 2]',
    elements: [3, -3],
  },
  {
    op: 'cross_entropy',
    inputs: [
      ['f32[B, class 2]', [0, Math.log(3), 0, 0]],
      ['f32[B, class 2]', [1, 0, 0.5, 0.5]],
    ],
    attributes: { axis: 'class' },
    gives: 'f32[B]',
    elements: [Math.log(4), Math.log(2)],
  },
  {
    op: 'cross_entropy',
    title: 'with a dead row',
    inputs: [['f32[B, L]', [0, 1e9, Math.log(3), 0, 1, 2]], ['f32[B, L]', [1, 5, 0, 1, 0, 0]], live],
    attributes: { axis: 'token' },
    gives: 'f32[B]',
    elements: [Math.log(4), 0],
  },
  {
    op: 'cross_entropy_labels',
    title: 'without a label, or out of range',
    inputs: [
      ['f32[L, class 2]', [0, Math.log(3), 0, 0, 0, 0]],
      ['i32[L]', [1, -100, 2]],
    ],
    attributes: { axis: 'class' },
    gives: 'f32[L]',
    elements: [Math.log(4 / 3), 0, 0],
  },
  {
    op: 'cross_entropy_labels',
    title: 'with a masked label',
    inputs: [['f32[B, L]', [0, 1, 2, 0, 1, 2]], ['i32[B]', [1, 1]], live],
    attributes: { axis: 'token' },
    gives: 'f32[B]',
    elements: [0, 0],
  },
  {
    op: 'cross_entropy_labels_gradient',
    inputs: [
      ['f32[L, class 2]', [0.25, 0.75, 0.5, 0.5, 0.5, 0.5]],
      ['i32[L]', [1, -100, 0]],
      ['f32[L]', [2, 1, 1]],
    ],
    attributes: { axis: 'class' },
    gives: 'f32[L, class 2]',
    elements: [0.5, -0.5, 0, 0, -0.5, 0.5],
  },
  {
    op: 'kl',
    title: 'of t over s',
    inputs: [
      ['f32[B, class 2]', [0, 0, 1, 2]],
      ['f32[B, class 2]', [0, Math.log(3), 1, 2]],
    ],
    attributes: { axis: 'class' },
    gives: 'f32[B]',
    elements: [0.25 * Math.log(0.5) + 0.75 * Math.log(1.5), 0],
  },
  {
    op: 'scaled_kl',
    inputs: [
      ['f32[B, class 2]', [0, 0, 2, 4]],
      ['f32[B, class 2]', [0, 2 * Math.log(3), 2, 4]],
    ],
    attributes: { axis: 'class', divisor: 2 },
    gives: 'f32[B]',
    elements: [0.25 * Math.log(0.5) + 0.75 * Math.log(1.5), 0],
  },
  {
    op: 'kl_gradient',
    inputs: [
      ['f32[B, class 2]', [0, 0, 2, 4]],
      ['f32[B, class 2]', [0, 2 * Math.log(3), 2, 4]],
      ['f32[B]', [4, 1]],
      ['f32[B, class 2]', [1, 2, 3, 4]],
    ],
    attributes: { axis: 'class', divisor: 2 },
    gives: 'f32[B, class 2]',
    elements: [1.5, 1.5, 3, 4],
  },
  {
    op: 'kl',
    title: 'of a target that excludes a class: 0 log 0 is 0',
    inputs: [
      ['f32[class 3]', [0, Math.log(3), Number.NEGATIVE_INFINITY]],
      ['f32[class 3]', [0, 0, Number.NEGATIVE_INFINITY]],
    ],
    attributes: { axis: 'class' },
    gives: 'f32[]',
    elements: [0.5 * Math.log(2) + 0.5 * Math.log(2 / 3)],
  },
  {
    op: 'cross_entropy',
    title: 'of a target that excludes a class: 0 log 0 is 0',
    inputs: [
      ['f32[class 3]', [0, Math.log(3), Number.NEGATIVE_INFINITY]],
      ['f32[class 3]', [0, 1, 0]],
    ],
    attributes: { axis: 'class' },
    gives: 'f32[]',
    elements: [Math.log(4 / 3)],
  },
  {
    op: 'kl',
    title: 'with a dead row',
    inputs: [['f32[B, L]', [0, 1e9, 0, 1, 2, 3]], ['f32[B, L]', [0, -1e9, Math.log(3), 1, 1, 1]], live],
    attributes: { axis: 'token' },
    gives: 'f32[B]',
    elements: [0.25 * Math.log(0.5) + 0.75 * Math.log(1.5), 0],
  },
]
