/** Shape rules: what each op refuses, by the constraint that is broken. A refusal is a bug of the compiler, so it names the op. */
import { describe, expect, test } from 'vitest'
import { type Attributes, GraphError, type OpDefinition } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { type } from './typed.ts'

type Refused = readonly [op: string, inputs: readonly string[], attributes: Attributes, message: string]

const epsilon = 1e-5
const refused: readonly Refused[] = [
  ['exp', [], {}, 'exp: takes 1 inputs, not 0'],
  ['exp', ['i32[B]'], {}, 'exp: its input must be f32, not i32[B]'],
  ['add', ['f32[B]'], {}, 'add: takes 2 inputs, not 1'],
  ['add', ['f32[B]', 'i32[B]'], {}, 'add: inputs of two types: f32[B] and i32[B]'],
  ['add', ['bool[B]', 'bool[B]'], {}, 'add: its left input must be f32 or i32, not bool[B]'],
  ['add', ['f32[unit 2]', 'f32[unit 3]'], {}, 'axis unit has size 2 and size 3'],
  ['less', ['f32[B]', 'i32[B]'], {}, 'less: inputs of two types'],
  ['and', ['f32[B]', 'bool[B]'], {}, 'and: its left input must be bool'],
  ['not', ['f32[B]'], {}, 'not: its input must be bool'],
  ['gelu_gradient', ['f32[B, L]', 'f32[B]'], {}, 'gelu_gradient: inputs of two shapes'],
  ['cast', ['f32[B]'], { dtype: 'f64' }, 'no such type: "f64"'],
  ['select', ['f32[B]', 'f32[B]', 'f32[B]'], {}, 'select: the condition must be bool'],
  ['select', ['bool[B]', 'f32[B]', 'i32[B]'], {}, 'select: between f32[B] and i32[B]'],
  ['sum', ['f32[B]'], { axes: ['token'] }, 'sum: f32[B] has no axis token'],
  ['sum', ['f32[B]'], { axes: ['example', 'example'] }, 'sum: attribute axes names an axis twice'],
  ['sum', ['bool[B]'], { axes: ['example'] }, 'sum: its input must be f32'],
  ['max', ['f32[B]'], { axis: 'token' }, 'max: f32[B] has no axis token'],
  [
    'broadcast',
    ['f32[unit 2]'],
    { dimensions: [{ axis: 'unit', size: 3 }] },
    'axis unit has size 2 and size 3',
  ],
  [
    'rename',
    ['f32[B, L]'],
    { from: 'token', to: 'example' },
    'rename: f32[B, L] has an axis example already',
  ],
  ['rename', ['f32[B]'], { from: 'token', to: 'unit' }, 'rename: f32[B] has no axis token'],
  ['split', ['f32[unit 5]'], { heads: 2 }, 'split: 5 units do not divide into 2 heads'],
  ['split', ['f32[head 2, unit 4]'], { heads: 2 }, 'has an axis head already'],
  ['join', ['f32[B, unit 4]'], {}, 'join: f32[B, unit 4] has no axis head'],
  ['slice', ['f32[L]'], { axis: 'token', start: 0, size: 1 }, 'slice: axis token has no fixed size: L'],
  ['slice', ['f32[unit 3]'], { axis: 'unit', start: 2, size: 2 }, 'slice: 2 + 2 is beyond unit 3'],
  ['pad', ['f32[L]'], { axis: 'token', before: 1, after: 0 }, 'pad: axis token has no fixed size: L'],
  [
    'pad',
    ['f32[unit 3]'],
    { axis: 'unit', before: -1, after: 0 },
    'attribute before must be an integer from 0 on',
  ],
  ['pick', ['f32[unit 3]'], { axis: 'unit', index: 3 }, 'pick: no entry 3 in unit 3'],
  ['place', ['f32[unit 3]'], { axis: 'unit', index: 0, size: 2 }, 'has an axis unit already'],
  ['place', ['f32[B]'], { axis: 'unit', index: 2, size: 2 }, 'place: no entry 2 in unit 2'],
  ['concat', [], { axis: 'unit' }, 'concat: takes at least one input'],
  [
    'concat',
    ['f32[B, unit 2]', 'f32[L, unit 2]'],
    { axis: 'unit' },
    'does not fit f32[B, unit 2] along unit',
  ],
  ['shift', ['f32[L]'], { axis: 'token', by: 0.5 }, 'shift: by 0.5'],
  [
    'contract',
    ['f32[B]', 'f32[B]'],
    { left: ['example', 'unit'], right: ['example'], sum: [] },
    'contract: 2 labels for 1 dimensions (left)',
  ],
  [
    'contract',
    ['f32[B]', 'f32[L]'],
    { left: ['example'], right: ['token'], sum: ['example'] },
    'contract: example is summed but not on both sides',
  ],
  [
    'contract',
    ['f32[unit 2]', 'f32[unit 3]'],
    { left: ['unit'], right: ['unit'], sum: ['unit'] },
    'axis unit has size 2 and size 3',
  ],
  [
    'linear',
    ['f32[unit 3]', 'f32[row 4, column 2]', 'f32[row 4]'],
    { out: 'unit' },
    'linear: unit and column differ: 3 and 2',
  ],
  [
    'linear',
    ['f32[unit 3]', 'f32[row 4, column 3]', 'f32[row 3]'],
    { out: 'unit' },
    'linear: rows of weight and bias differ: 4 and 3',
  ],
  [
    'linear',
    ['f32[unit 3, class 2]', 'f32[row 4, column 3]', 'f32[row 4]'],
    { out: 'class' },
    'has an axis class already',
  ],
  [
    'linear',
    ['f32[unit 3]', 'f32[row 4, column 3]', 'f32[row 4]'],
    { out: 'row' },
    'linear: attribute out must be unit or class',
  ],
  ['again', ['f32[B]'], {}, 'again: takes 2 inputs, not 1'],
  ['lookup', ['f32[B]', 'f32[row 4, column 2]'], { padding: null }, 'lookup: ids must be i32'],
  ['lookup', ['i32[B]', 'f32[row 4]'], { padding: null }, 'lookup: the table must have the axes row, column'],
  [
    'lookup_gradient',
    ['i32[B]', 'f32[B, L, unit 2]'],
    { rows: 3, padding: null },
    'does not belong to ids i32[B]',
  ],
  ['one_hot', ['i32[class 2]'], { axis: 'class', size: 3 }, 'has an axis class already'],
  [
    'layer_norm',
    ['f32[unit 3]', 'f32[row 2]', 'f32[row 3]'],
    { epsilon },
    'layer_norm: units and rows differ: 3 and 2',
  ],
  ['standardize', ['f32[unit L]'], { epsilon }, 'standardize: axis unit has no fixed size: L'],
  ['standardize', ['f32[unit 3]'], { epsilon: -1 }, 'standardize: epsilon -1 is negative'],
  [
    'standardize_gradient',
    ['f32[B, unit 3]', 'f32[unit 3]'],
    { epsilon },
    'does not belong to f32[B, unit 3]',
  ],
  ['softmax', ['f32[B]'], { axis: 'unit' }, 'softmax: f32[B] has no axis unit'],
  [
    'softmax',
    ['f32[L]', 'bool[B, L]'],
    { axis: 'token' },
    'softmax: the mask has an axis example that f32[L] lacks',
  ],
  ['softmax', ['f32[L]', 'f32[L]'], { axis: 'token' }, 'softmax: the mask must be bool'],
  [
    'scaled_softmax',
    ['f32[L]', 'f32[B]'],
    { axis: 'token', divisor: 2 },
    'scaled_softmax: the bias has an axis example that f32[L] lacks',
  ],
  ['scaled_softmax', ['f32[L]', 'f32[L]'], { axis: 'token', divisor: 0 }, 'scaled_softmax: divisor 0'],
  [
    'scaled_softmax_gradient',
    ['f32[B, L]', 'f32[B, L]', 'f32[L]'],
    { axis: 'token', divisor: 2 },
    'scaled_softmax_gradient: f32[L] does not belong to f32[B, L]',
  ],
  ['scaled_kl', ['f32[L]', 'f32[L]'], { axis: 'token', divisor: 0 }, 'scaled_kl: divisor 0'],
  [
    'kl_gradient',
    ['f32[B, L]', 'f32[B, L]', 'f32[B]', 'f32[L]'],
    { axis: 'token', divisor: 2 },
    'kl_gradient: f32[L] does not stand beside f32[B, L]',
  ],
  [
    'kl_gradient',
    ['f32[B, L]', 'f32[B, L]'],
    { axis: 'token', divisor: 2 },
    'kl_gradient: takes 3 inputs and perhaps one beside them, not 2',
  ],
  [
    'linear_activation',
    ['f32[unit 3]', 'f32[row 4, column 3]', 'f32[row 4]'],
    { out: 'unit', activation: 'tanh' },
    'linear_activation: no activation tanh',
  ],
  [
    'linear_activation',
    ['f32[unit 3]', 'f32[row 4, column 2]', 'f32[row 4]'],
    { out: 'unit', activation: 'gelu' },
    'linear: unit and column differ: 3 and 2',
  ],
  [
    'contract_activation_gradient',
    ['f32[B, unit 3]', 'f32[row 3, column 4]', 'f32[B, unit 5]'],
    { left: ['example', 'row'], right: ['row', 'unit'], sum: ['row'], activation: 'gelu' },
    'contract_activation_gradient: f32[B, unit 4] does not belong to f32[B, unit 5]',
  ],
  [
    'contract_activation_gradient',
    ['f32[B, unit 3]', 'f32[row 3, column 4]', 'f32[B, unit 4]'],
    { left: ['example', 'row'], right: ['row', 'unit'], sum: ['row'], activation: 'relu' },
    'contract_activation_gradient: no activation relu',
  ],
  [
    'residual_layer_norm',
    ['f32[B, unit 3]', 'f32[unit 3]', 'f32[row 3]', 'f32[row 3]'],
    { epsilon },
    'residual_layer_norm: f32[unit 3] does not belong to f32[B, unit 3]',
  ],
  [
    'residual_layer_norm',
    ['f32[unit 3]', 'f32[unit 3]'],
    { epsilon },
    'residual_layer_norm: takes 2 inputs, not 0',
  ],
  [
    'layer_norm_gradient',
    ['f32[B, unit 3]', 'f32[B, unit 3]', 'f32[unit 4]'],
    { epsilon },
    'layer_norm_gradient: units of x and scale differ: 3 and 4',
  ],
  [
    'layer_norm_gradient',
    ['f32[B, unit 3]', 'f32[B, unit 3]', 'f32[row 3]'],
    { epsilon },
    'layer_norm_gradient: f32[row 3] has no axis unit',
  ],
  [
    'layer_norm_scale_gradient',
    ['f32[B, unit 3]', 'f32[unit 3]'],
    { epsilon },
    'layer_norm_scale_gradient: f32[unit 3] does not belong to f32[B, unit 3]',
  ],
  ['log_softmax', ['f32[L]', 'bool[B]'], { axis: 'token' }, 'log_softmax: the mask has an axis example'],
  [
    'softmax_gradient',
    ['f32[B, L]', 'f32[L]'],
    { axis: 'token' },
    'softmax_gradient: f32[L] does not belong to f32[B, L]',
  ],
  [
    'cross_entropy',
    ['f32[B, class 2]', 'f32[B]'],
    { axis: 'class' },
    'cross_entropy: f32[B] has no axis class',
  ],
  [
    'cross_entropy_labels',
    ['f32[B, class 2]', 'f32[B]'],
    { axis: 'class' },
    'cross_entropy_labels: labels must be i32',
  ],
  [
    'cross_entropy_labels',
    ['f32[B, class 2]', 'i32[class 2]'],
    { axis: 'class' },
    'has an axis class already',
  ],
  ['kl', ['f32[B, class 2]', 'f32[B, class 3]'], { axis: 'class' }, 'axis class has size 2 and size 3'],
  ['kl', ['f32[B, class 2]'], { axis: 'class' }, 'kl: takes 2 inputs and perhaps a mask, not 1'],
  ['dropout_mask', ['i32[B]'], { rate: 1, site: 'a', dimensions: [] }, 'dropout_mask: a rate of 1'],
  [
    'dropout_mask',
    ['i32[B]'],
    { rate: 0.1, site: 'a', dimensions: [{ axis: 'position', size: 'R' }] },
    'dropout_mask: places and an axis position need each other',
  ],
  [
    'dropout_mask',
    ['i32[B]', 'i32[M]'],
    { rate: 0.1, site: 'a', dimensions: [{ axis: 'position', size: 'R' }] },
    'dropout_mask: positions differ: R and M',
  ],
  ['dropout_keep', ['i32[B]'], { rate: 1, site: 'a', dimensions: [] }, 'dropout_keep: a rate of 1'],
  ['dropout', ['f32[L]', 'f32[L]'], { rate: 0.5 }, 'dropout: what is kept must be bool, not f32[L]'],
  ['dropout', ['f32[B, L]', 'bool[L]'], { rate: 0.5 }, 'dropout: bool[L] does not belong to f32[B, L]'],
  ['dropout', ['f32[L]', 'bool[L]'], { rate: -1 }, 'dropout: a rate of -1'],
  [
    'dropout_softmax_gradient',
    ['f32[L]', 'f32[L]', 'bool[B]'],
    { axis: 'token', divisor: 2, rate: 0.5 },
    'dropout_softmax_gradient: bool[B] does not belong to f32[L]',
  ],
  ['chunk', ['f32[B, L]'], { axis: 'token', index: 0, count: 2 }, 'no 2 even shares of L'],
  ['chunk', ['f32[unit 3]'], { axis: 'unit', index: 0, count: 2 }, 'no 2 even shares of 3'],
  ['chunk', ['f32[R]'], { axis: 'position', index: 2, count: 2 }, 'chunk: there is no chunk 2 of 2'],
  ['chunk', ['f32[R]'], { axis: 'unit', index: 0, count: 2 }, 'chunk: f32[R] has no axis unit'],
  ['unchunk', ['f32[R]'], { axis: 'position', index: 0, count: 2 }, '2 shares of R are no whole'],
  ['unchunk', ['f32[L]'], { axis: 'token', index: 0, count: 2 }, '2 shares of L are no whole'],
  ['unchunk', ['i32[unit 3]'], { axis: 'unit', index: 0, count: 2 }, 'unchunk: its input must be f32'],
  ['gather_positions', ['f32[unit 2]', 'i32[R]'], { dead: 'copy' }, 'has neither example nor token'],
  ['gather_positions', ['f32[R, unit 2]', 'i32[R]'], { dead: 'copy' }, 'has an axis position already'],
  ['gather_positions', ['f32[B, L]', 'i32[B]'], { dead: 'copy' }, 'has no axis position'],
  ['gather_positions', ['f32[B, L]', 'i32[R]'], { dead: 'add' }, 'dead must be copy or zero'],
  ['scatter_positions', ['f32[R]', 'i32[M]'], { dead: 'add' }, 'positions differ: R and M'],
  ['scatter_positions', ['f32[B, R]', 'i32[R]'], { dead: 'add' }, 'has an axis example already'],
  ['scatter_positions', ['f32[R]', 'i32[R]'], { dead: 'copy' }, 'dead must be add or ignore'],
  ['dropout_mask', ['i32[B]'], { rate: 0.1, dimensions: [] }, 'dropout_mask: attribute site must be a text'],
  [
    'dropout_mask',
    ['i32[B]'],
    { rate: 0.1, site: 'a', dimensions: [{ axis: 'rank', size: 2 }] },
    'dropout_mask: not for rank 2',
  ],
]

const definitions: { readonly [op: string]: OpDefinition } = ops

describe('shape rules refuse', () => {
  test.each(refused)('%s of %j %j: %s', (op, inputs, attributes, message) => {
    const infer = () => definitions[op]?.infer(inputs.map(type), attributes)
    expect(infer).toThrow(GraphError)
    expect(infer).toThrow(message)
  })
})

describe('shape rules give', () => {
  test.each([
    ['add', ['f32[L]', 'f32[B]'], {}, 'f32[B, L]'],
    ['multiply', ['i32[L]', 'i32[]'], {}, 'i32[L]'],
    ['less', ['i32[L]', 'i32[B]'], {}, 'bool[B, L]'],
    ['place', ['f32[B, unit 2]'], { axis: 'token', index: 0, size: 'L' }, 'f32[B, L, unit 2]'],
    [
      'linear',
      ['f32[B, L, unit 3]', 'f32[row 9, column 3]', 'f32[row 9]'],
      { out: 'class' },
      'f32[B, L, class 9]',
    ],
    ['lookup', ['i32[B, L]', 'f32[row 4, column 2]'], { padding: 0 }, 'f32[B, L, unit 2]'],
    ['lookup_gradient', ['i32[B]', 'f32[B, unit 2]'], { rows: 5, padding: null }, 'f32[row 5, column 2]'],
    ['one_hot', ['i32[B]'], { axis: 'token', size: 'L' }, 'f32[B, L]'],
    ['kl', ['f32[B, head 2, L]', 'f32[B, L]'], { axis: 'token' }, 'f32[B, head 2]'],
    [
      'dropout_mask',
      ['i32[B]'],
      { rate: 0.1, site: 'a', dimensions: [{ axis: 'token', size: 'L' }] },
      'f32[L]',
    ],
  ] as const)('%s of %j %j: %s', (op, inputs, attributes, expected) => {
    expect(definitions[op]?.infer(inputs.map(type), attributes)).toEqual(type(expected))
  })
})
