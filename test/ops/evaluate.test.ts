/** Each op's evaluation on numbers small enough to work out by hand. */
import { describe, expect, test } from 'vitest'
import { Builder } from '../../src/graph/build.ts'
import type { Attributes, ReferenceValue } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { output } from './trial.ts'
import { type, value } from './typed.ts'

type Input = readonly [type: string, elements: readonly number[]]
interface Known {
  readonly op: string
  readonly title?: string
  readonly inputs: readonly Input[]
  readonly attributes?: Attributes
  readonly gives: string
  readonly elements: readonly number[]
}

const e = Math.E
const six: Input = ['f32[B, L]', [1, 2, 3, 4, 5, 6]]
const live: Input = ['bool[B, L]', [1, 0, 1, 0, 0, 0]]
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

const known: readonly Known[] = [
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
  { op: 'pick', inputs: [six], attributes: { axis: 'token', index: 1 }, gives: 'f32[B]', elements: [2, 5] },
  {
    op: 'place',
    inputs: [['f32[B]', [7, 8]]],
    attributes: { axis: 'token', index: 1, size: 'L' },
    gives: 'f32[B, L]',
    elements: [0, 7, 0, 0, 8, 0],
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

describe('known values', () => {
  test.each(known.map((one) => [one.op, one.title ?? '', one] as const))('%s %s', (op, _title, one) => {
    const builder = new Builder(ops)
    const values = new Map<string, ReferenceValue>()
    const inputs = one.inputs.map(([text, elements], k) => {
      const of = type(text)
      const shape = of.dimensions.map(({ size }) => (size === 'B' ? 2 : size === 'L' ? 3 : size))
      values.set(String(k), value(shape, ...elements))
      return builder.input(String(k), of)
    })
    const node = builder.add(op, inputs, one.attributes ?? {})
    expect(node.type).toEqual(type(one.gives))
    const { data } = output(builder.finish('known', new Map([['result', node]])), values, 'result')
    expect(data).toHaveLength(one.elements.length)
    one.elements.forEach((x, i) => {
      expect(Math.abs((data[i] ?? Number.NaN) - x)).toBeLessThan(1e-12 * (1 + Math.abs(x)))
    })
  })

  test('cover every op but dropout_mask, which philox.test.ts covers', () => {
    const covered = new Set(known.map((one) => one.op))
    expect(Object.keys(ops).filter((op) => !covered.has(op))).toEqual(['dropout_mask'])
  })

  test('lookup says which id has no row', () => {
    const builder = new Builder(ops)
    const node = builder.add(
      'lookup',
      [builder.input('ids', type('i32[L]')), builder.parameter('table', type('f32[row 2, column 1]'))],
      { padding: null },
    )
    const graph = builder.finish('lookup', new Map([['result', node]]))
    const values = new Map([
      ['ids', value([3], 0, 1, 2)],
      ['table', value([2, 1], 5, 6)],
    ])
    expect(() => output(graph, values, 'result')).toThrow('lookup: no row 2 in a table of 2')
  })
})
