/** Values of ops on numbers small enough to work out by hand: element by element, along axes, products. */
import type { Attributes } from '../../src/graph/graph.ts'

export type Input = readonly [type: string, elements: readonly number[]]
export interface Known {
  readonly op: string
  readonly title?: string
  readonly inputs: readonly Input[]
  readonly attributes?: Attributes
  readonly gives: string
  readonly elements: readonly number[]
}

const e = Math.E
const six: Input = ['f32[B, L]', [1, 2, 3, 4, 5, 6]]
const twice = (
  op: string,
  a: readonly number[],
  b: readonly number[],
  elements: readonly number[],
  gives = 'f32[L]',
): Known => ({
  op,
  inputs: [
    ['f32[L]', a],
    ['f32[L]', b],
  ],
  gives,
  elements,
})
const once = (op: string, x: readonly number[], elements: readonly number[]): Known => ({
  op,
  inputs: [['f32[L]', x]],
  gives: 'f32[L]',
  elements,
})

export const plainValues: readonly Known[] = [
  once('negate', [1, -2, 0], [-1, 2, -0]),
  once('abs', [1, -2, 0], [1, 2, 0]),
  once('sqrt', [4, 9, 0], [2, 3, 0]),
  once('exp', [0, 1, -1], [1, e, 1 / e]),
  once('log', [1, e, e * e], [0, 1, 2]),
  once('floor', [1.5, -1.5, 2], [1, -2, 2]),
  once('tanh', [0, Math.log(2), -Math.log(2)], [0, 0.6, -0.6]),
  once('relu', [1.5, -1.5, 0], [1.5, 0, 0]),
  once('gelu', [0, 1, -1], [0, 0.8413447460685429, -0.15865525393145707]),
  once('gelu_tanh', [0, 1, -1], [0, 0.8411919906082768, -0.15880800939172324]),
  once('sigmoid', [0, Math.log(3), -Math.log(3)], [0.5, 0.75, 0.25]),
  once('sign', [3, -2, 0], [1, -1, 0]),
  once('square', [3, -2, 0], [9, 4, 0]),
  once('stop_gradient', [3, -2, 0], [3, -2, 0]),
  twice('again', [3, -2, 0], [7, 8, 9], [3, -2, 0]),
  twice('gelu_gradient', [0, 1, -1], [2, 1, 1], [1, 1.0833154705876864, -0.08331547058768628]),
  twice('gelu_tanh_gradient', [0, 1, -1], [2, 1, 1], [1, 1.0829640838457826, -0.08296408384578255]),
  {
    op: 'cast',
    title: 'to i32',
    inputs: [['f32[L]', [1.7, -1.7, 0]]],
    attributes: { dtype: 'i32' },
    gives: 'i32[L]',
    elements: [1, -1, 0],
  },
  {
    op: 'cast',
    title: 'to bool',
    inputs: [['f32[L]', [0.2, -1, 0]]],
    attributes: { dtype: 'bool' },
    gives: 'bool[L]',
    elements: [1, 1, 0],
  },
  {
    op: 'cast',
    title: 'to f32',
    inputs: [['bool[L]', [1, 0, 1]]],
    attributes: { dtype: 'f32' },
    gives: 'f32[L]',
    elements: [1, 0, 1],
  },
  { op: 'not', inputs: [['bool[L]', [1, 0, 1]]], gives: 'bool[L]', elements: [0, 1, 0] },

  {
    op: 'add',
    title: 'by name',
    inputs: [six, ['f32[B]', [10, 20]]],
    gives: 'f32[B, L]',
    elements: [11, 12, 13, 24, 25, 26],
  },
  {
    op: 'subtract',
    title: 'outer',
    inputs: [
      ['f32[L]', [1, 2, 3]],
      ["f32[token' 2]", [10, 20]],
    ],
    gives: "f32[L, token' 2]",
    elements: [-9, -19, -8, -18, -7, -17],
  },
  {
    op: 'multiply',
    title: 'from the left',
    inputs: [
      ['f32[unit 2]', [1, 10]],
      ['f32[B]', [2, 3]],
    ],
    gives: 'f32[B, unit 2]',
    elements: [2, 20, 3, 30],
  },
  twice('divide', [1, 6, -3], [2, 3, 4], [0.5, 2, -0.75]),
  twice('power', [2, 9, 5], [3, 0.5, 0], [8, 3, 1]),
  twice('minimum', [1, 5, 2], [3, 2, 2], [1, 2, 2]),
  twice('maximum', [1, 5, 2], [3, 2, 2], [3, 5, 2]),
  twice('less', [1, 2, 3], [2, 2, 2], [1, 0, 0], 'bool[L]'),
  twice('less_equal', [1, 2, 3], [2, 2, 2], [1, 1, 0], 'bool[L]'),
  twice('greater', [1, 2, 3], [2, 2, 2], [0, 0, 1], 'bool[L]'),
  twice('greater_equal', [1, 2, 3], [2, 2, 2], [0, 1, 1], 'bool[L]'),
  twice('equal', [1, 2, 3], [2, 2, 2], [0, 1, 0], 'bool[L]'),
  twice('not_equal', [1, 2, 3], [2, 2, 2], [1, 0, 1], 'bool[L]'),
  {
    op: 'and',
    inputs: [
      ['bool[L]', [1, 0, 1]],
      ['bool[B]', [1, 0]],
    ],
    gives: 'bool[B, L]',
    elements: [1, 0, 1, 0, 0, 0],
  },
  {
    op: 'select',
    title: 'what is not chosen does not matter',
    inputs: [
      ['bool[L]', [1, 0, 1]],
      ['f32[L]', [1, Number.NaN, 3]],
      ['f32[]', [-1]],
    ],
    gives: 'f32[L]',
    elements: [1, -1, 3],
  },

  { op: 'sum', inputs: [six], attributes: { axes: ['token'] }, gives: 'f32[B]', elements: [6, 15] },
  {
    op: 'sum',
    title: 'over the first',
    inputs: [six],
    attributes: { axes: ['example'] },
    gives: 'f32[L]',
    elements: [5, 7, 9],
  },
  { op: 'max', inputs: [six], attributes: { axis: 'token' }, gives: 'f32[B]', elements: [3, 6] },
  { op: 'min', inputs: [six], attributes: { axis: 'example' }, gives: 'f32[L]', elements: [1, 2, 3] },
  {
    op: 'broadcast',
    inputs: [['f32[L]', [1, 2, 3]]],
    attributes: { dimensions: [{ axis: 'example', size: 'B' }] },
    gives: 'f32[B, L]',
    elements: [1, 2, 3, 1, 2, 3],
  },
  {
    op: 'rename',
    title: 'in place',
    inputs: [six],
    attributes: { from: 'token', to: 'unit' },
    gives: 'f32[B, unit L]',
    elements: [1, 2, 3, 4, 5, 6],
  },
  {
    op: 'rename',
    title: 'transposes',
    inputs: [six],
    attributes: { from: 'example', to: 'unit' },
    gives: 'f32[L, unit B]',
    elements: [1, 4, 2, 5, 3, 6],
  },
  {
    op: 'split',
    title: 'is head-major',
    inputs: [['f32[token 2, unit 4]', [1, 2, 3, 4, 5, 6, 7, 8]]],
    attributes: { heads: 2 },
    gives: 'f32[head 2, token 2, unit 2]',
    elements: [1, 2, 5, 6, 3, 4, 7, 8],
  },
  {
    op: 'join',
    inputs: [['f32[head 2, token 2, unit 2]', [1, 2, 5, 6, 3, 4, 7, 8]]],
    gives: 'f32[token 2, unit 4]',
    elements: [1, 2, 3, 4, 5, 6, 7, 8],
  },
  {
    op: 'slice',
    inputs: [['f32[B, unit 3]', [1, 2, 3, 4, 5, 6]]],
    attributes: { axis: 'unit', start: 1, size: 2 },
    gives: 'f32[B, unit 2]',
    elements: [2, 3, 5, 6],
  },
  {
    op: 'pad',
    inputs: [['f32[B, unit 2]', [1, 2, 3, 4]]],
    attributes: { axis: 'unit', before: 1, after: 2 },
    gives: 'f32[B, unit 5]',
    elements: [0, 1, 2, 0, 0, 0, 3, 4, 0, 0],
  },
  {
    op: 'chunk',
    inputs: [['f32[R, unit 2]', [1, 2, 3, 4, 5, 6, 7, 8]]],
    attributes: { axis: 'position', index: 1, count: 2 },
    gives: 'f32[position R/2, unit 2]',
    elements: [5, 6, 7, 8],
  },
  {
    op: 'chunk',
    inputs: [['f32[B, unit 4]', [1, 2, 3, 4, 5, 6, 7, 8]]],
    attributes: { axis: 'unit', index: 1, count: 2 },
    gives: 'f32[B, unit 2]',
    elements: [3, 4, 7, 8],
  },
  {
    op: 'unchunk',
    inputs: [['f32[position R/2, unit 2]', [1, 2, 3, 4]]],
    attributes: { axis: 'position', index: 1, count: 2 },
    gives: 'f32[R, unit 2]',
    elements: [0, 0, 0, 0, 1, 2, 3, 4],
  },
  { op: 'pick', inputs: [six], attributes: { axis: 'token', index: 1 }, gives: 'f32[B]', elements: [2, 5] },
  {
    op: 'place',
    inputs: [['f32[B]', [7, 8]]],
    attributes: { axis: 'token', index: 1, size: 'L' },
    gives: 'f32[B, L]',
    elements: [0, 7, 0, 0, 8, 0],
  },
  {
    op: 'gather_positions',
    inputs: [
      ['f32[B, L]', [1, 2, 3, 4, 5, 6]],
      ['i32[R]', [0, 2, 4, -5]],
    ],
    attributes: { dead: 'copy' },
    gives: 'f32[R]',
    elements: [1, 3, 5, 5],
  },
  {
    op: 'gather_positions',
    title: 'of examples, dead ones zero',
    inputs: [
      ['f32[B, unit 2]', [1, 2, 3, 4]],
      ['i32[R]', [0, 2, 4, -5]],
    ],
    attributes: { dead: 'zero' },
    gives: 'f32[R, unit 2]',
    elements: [1, 2, 1, 2, 3, 4, 0, 0],
  },
  {
    op: 'scatter_positions',
    inputs: [
      ['f32[R]', [1, 3, 5, 7]],
      ['i32[R]', [0, 2, 4, -5]],
    ],
    attributes: { dead: 'ignore' },
    gives: 'f32[B, L]',
    elements: [1, 0, 3, 0, 5, 0],
  },
  {
    op: 'scatter_positions',
    title: 'dead ones added',
    inputs: [
      ['f32[R]', [1, 3, 5, 7]],
      ['i32[R]', [0, 2, 4, -5]],
    ],
    attributes: { dead: 'add' },
    gives: 'f32[B, L]',
    elements: [1, 0, 3, 0, 12, 0],
  },
  {
    op: 'concat',
    inputs: [
      ['f32[B, unit 1]', [1, 2]],
      ['f32[B, unit 2]', [3, 4, 5, 6]],
    ],
    attributes: { axis: 'unit' },
    gives: 'f32[B, unit 3]',
    elements: [1, 3, 4, 2, 5, 6],
  },
  {
    op: 'shift',
    title: 'x[t - 1]',
    inputs: [six],
    attributes: { axis: 'token', by: 1 },
    gives: 'f32[B, L]',
    elements: [0, 1, 2, 0, 4, 5],
  },
  {
    op: 'shift',
    title: 'x[t + 1]',
    inputs: [six],
    attributes: { axis: 'token', by: -1 },
    gives: 'f32[B, L]',
    elements: [2, 3, 0, 5, 6, 0],
  },

  {
    op: 'contract',
    title: 'shared, kept and summed labels',
    inputs: [
      ['f32[B, unit 2]', [1, 2, 3, 4]],
      ['f32[B, L, unit 2]', [1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1]],
    ],
    attributes: { left: ['example', 'unit'], right: ['example', 'token', 'unit'], sum: ['unit'] },
    gives: 'f32[B, L]',
    elements: [1, 2, 3, 3, 4, 7],
  },
  {
    op: 'linear',
    inputs: [
      ['f32[B, unit 2]', [1, 2, 3, 4]],
      ['f32[row 3, column 2]', [1, 0, 0, 1, 1, 1]],
      ['f32[row 3]', [10, 20, 30]],
    ],
    attributes: { out: 'class' },
    gives: 'f32[B, class 3]',
    elements: [11, 22, 33, 13, 24, 37],
  },
  {
    op: 'linear_activation',
    inputs: [
      ['f32[B, unit 2]', [1, 2, 3, 4]],
      ['f32[row 3, column 2]', [1, 0, 0, 1, 1, 1]],
      ['f32[row 3]', [10, -20, -5]],
    ],
    attributes: { out: 'class', activation: 'relu' },
    gives: 'f32[B, class 3]',
    elements: [11, 0, 0, 13, 0, 2],
  },
  {
    op: 'contract_activation_gradient',
    // the slope of gelu is 1/2 at 0, 1 far on the right and 0 far on the left
    inputs: [
      ['f32[B, row 2]', [1, 2, 3, 4]],
      ['f32[row 2, unit 3]', [1, 0, 2, 0, 1, 2]],
      ['f32[B, unit 3]', [0, 40, -40, 40, 0, 40]],
    ],
    attributes: { left: ['example', 'row'], right: ['row', 'unit'], sum: ['row'], activation: 'gelu' },
    gives: 'f32[B, unit 3]',
    elements: [0.5, 2, 0, 3, 2, 14],
  },
  {
    op: 'lookup',
    inputs: [
      ['i32[B]', [2, 0]],
      ['f32[row 3, column 2]', [1, 2, 3, 4, 5, 6]],
    ],
    attributes: { padding: 0 },
    gives: 'f32[B, unit 2]',
    elements: [5, 6, 1, 2],
  },
  {
    op: 'lookup_gradient',
    title: 'adds repeated rows and leaves out padding',
    inputs: [
      ['i32[L]', [2, 0, 2]],
      ['f32[L, unit 2]', [1, 2, 3, 4, 5, 6]],
    ],
    attributes: { rows: 3, padding: 0 },
    gives: 'f32[row 3, column 2]',
    elements: [0, 0, 0, 0, 6, 8],
  },
  {
    op: 'one_hot',
    inputs: [['i32[L]', [1, -100, 2]]],
    attributes: { axis: 'class', size: 2 },
    gives: 'f32[L, class 2]',
    elements: [0, 1, 0, 0, 0, 0],
  },
]
