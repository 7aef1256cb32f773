/** Cases of normalisations and of losses over a distribution. Masks with a dead row, and labels out of range, are among them. */
import { positive, values } from '../typed.ts'
import type { Cases, OpCase } from './case.ts'

const epsilon = 1e-5
const overUnit = { axis: 'unit' }
/** A row of three tokens alive in part, and one with none. */
const deadRow = ['bool[B, L]', values(1, 0, 1, 0, 0, 0)] as const
const partly = ["bool[B, token' L]", values(1, 1, 0, 1, 1, 1)] as const

const softmaxes: readonly OpCase[] = [
  { title: 'over the last axis', inputs: ['f32[B, unit 4]'], attributes: overUnit },
  { title: 'over the middle axis', inputs: ['f32[B, L, unit 2]'], attributes: { axis: 'token' } },
  {
    title: 'with a mask that lacks axes',
    inputs: ["f32[B, head 2, L, token' L]", partly],
    attributes: { axis: "token'" },
  },
  { title: 'with a dead row', inputs: ['f32[B, L]', deadRow], attributes: { axis: 'token' } },
]
const cotangents: readonly OpCase[] = [
  {
    title: 'over the last axis',
    inputs: [['f32[B, unit 4]', positive], 'f32[B, unit 4]'],
    attributes: overUnit,
  },
  {
    title: 'over the first',
    inputs: [['f32[B, unit 4]', positive], 'f32[B, unit 4]'],
    attributes: { axis: 'example' },
  },
]
const twoLogits: readonly OpCase[] = [
  { title: 'per row', inputs: ['f32[B, class 4]', 'f32[B, class 4]'], attributes: { axis: 'class' } },
  {
    title: 'where one lacks an axis',
    inputs: ['f32[B, head 2, L]', 'f32[B, L]'],
    attributes: { axis: 'token' },
  },
  { title: 'with a dead row', inputs: ['f32[B, L]', 'f32[B, L]', deadRow], attributes: { axis: 'token' } },
  {
    title: 'with a mask that has an axis of its own',
    inputs: ["f32[L, token' L]", "f32[L, token' L]", partly],
    attributes: { axis: "token'" },
  },
]

export const distributions: Cases = {
  layer_norm: [
    {
      title: 'of states',
      inputs: ['f32[B, L, unit 4]', 'f32[row 4]', 'f32[row 4]'],
      attributes: { epsilon },
    },
    {
      title: 'with a large epsilon, before class',
      inputs: ['f32[B, unit 4, class 2]', 'f32[row 4]', 'f32[row 4]'],
      attributes: { epsilon: 0.5 },
    },
  ],
  standardize: [
    { title: 'of states', inputs: ['f32[B, unit 4]'], attributes: { epsilon } },
    { title: "before unit'", inputs: ["f32[unit 4, unit' 3]"], attributes: { epsilon: 0.1 } },
  ],
  standardize_gradient: [
    { title: 'of states', inputs: ['f32[B, unit 4]', 'f32[B, unit 4]'], attributes: { epsilon } },
  ],
  softmax: softmaxes,
  softmax_gradient: cotangents,
  scaled_softmax: [
    {
      title: 'of scores with a bias and a mask',
      inputs: ["f32[B, head 2, L, token' L]", "f32[B, token' L]", partly],
      attributes: { axis: "token'", divisor: 8 },
    },
    {
      title: 'without a mask',
      inputs: ['f32[B, unit 4]', 'f32[]'],
      attributes: { ...overUnit, divisor: -0.7 },
    },
    {
      title: 'with a dead row, over the middle axis',
      inputs: ['f32[B, L, unit 2]', 'f32[B]', deadRow],
      attributes: { axis: 'token', divisor: 3 },
    },
  ],
  scaled_softmax_gradient: [
    {
      title: 'over the last axis',
      inputs: [['f32[B, unit 4]', positive], 'f32[B, unit 4]', 'f32[B, unit 4]'],
      attributes: { ...overUnit, divisor: 8 },
    },
    {
      title: 'over the first',
      inputs: [['f32[B, unit 4]', positive], 'f32[B, unit 4]', 'f32[B, unit 4]'],
      attributes: { axis: 'example', divisor: 0.3 },
    },
  ],
  log_softmax: softmaxes,
  log_softmax_gradient: cotangents,

  cross_entropy: twoLogits,
  cross_entropy_labels: [
    {
      title: 'per row',
      inputs: ['f32[B, class 4]', ['i32[B]', values(3, 0)]],
      attributes: { axis: 'class' },
    },
    {
      title: 'with rows without a label',
      inputs: ['f32[B, L, class 4]', ['i32[B, L]', values(1, -100, 3, 4, 0, 2)]],
      attributes: { axis: 'class' },
    },
    {
      title: 'with a masked label and a dead row',
      inputs: ['f32[B, head 2, L]', ['i32[B, head 2]', values(1, 2, 0, 1)], deadRow],
      attributes: { axis: 'token' },
    },
  ],
  cross_entropy_labels_gradient: [
    {
      title: 'with rows without a label',
      inputs: [['f32[B, L, class 4]', positive], ['i32[B, L]', values(1, -100, 3, 4, 0, 2)], 'f32[B, L]'],
      attributes: { axis: 'class' },
    },
    {
      title: 'with a masked label and a dead row',
      inputs: [
        ['f32[B, head 2, L]', positive],
        ['i32[B, head 2]', values(1, 2, 0, 1)],
        'f32[B, head 2]',
        deadRow,
      ],
      attributes: { axis: 'token' },
    },
  ],
  kl: twoLogits,
  scaled_kl: [
    {
      title: 'per row',
      inputs: ['f32[B, class 4]', 'f32[B, class 4]'],
      attributes: { axis: 'class', divisor: 2 },
    },
    {
      title: 'where one lacks an axis',
      inputs: ['f32[B, head 2, L]', 'f32[B, L]'],
      attributes: { axis: 'token', divisor: -0.7 },
    },
  ],
  kl_gradient: [
    {
      title: 'per row',
      inputs: ['f32[B, class 4]', 'f32[B, class 4]', 'f32[B]'],
      attributes: { axis: 'class', divisor: 2 },
    },
    {
      title: 'beside another',
      inputs: ['f32[B, class 4]', 'f32[B, class 4]', 'f32[B]', 'f32[B, class 4]'],
      attributes: { axis: 'class', divisor: 0.7 },
    },
    {
      title: 'where some lack an axis',
      inputs: ['f32[head 2, L]', 'f32[B, L]', 'f32[head 2]', 'f32[B, head 2, L]'],
      attributes: { axis: 'token', divisor: 3 },
    },
    {
      title: 'over the first axis',
      inputs: ['f32[B, unit 4]', 'f32[B, unit 4]', 'f32[unit 4]'],
      attributes: { axis: 'example', divisor: -1 },
    },
  ],
}
