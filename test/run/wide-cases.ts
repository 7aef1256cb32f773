/** Cases of ops at sizes where backends change their way: whole matrix products, vector tails, transposes in tiles, long rows. */
import type { OpCase } from '../ops/cases/case.ts'
import { below, coin, values } from '../ops/typed.ts'

const heads = ['example', 'head', 'token', 'unit']
const primed = ['example', 'head', "token'", 'unit']

const masks: readonly OpCase[] = [
  {
    title: 'of rows',
    inputs: [
      ['i32[B]', below(100000)],
      ['i32[R]', values(1, 2, 3, -3)],
    ],
    attributes: {
      rate: 0.3,
      site: 'a',
      dimensions: [
        { axis: 'position', size: 'R' },
        { axis: 'unit', size: 77 },
      ],
    },
  },
  {
    title: 'of rows of heads in whole blocks',
    inputs: [
      ['i32[B]', below(100000)],
      ['i32[R]', values(0, 3, 5, -6)],
    ],
    attributes: {
      rate: 0.3,
      site: 'a',
      dimensions: [
        { axis: 'position', size: 'R' },
        { axis: 'head', size: 3 },
        { axis: 'unit', size: 16 },
      ],
    },
  },
  {
    title: 'of hidden states',
    inputs: [['i32[B]', below(100000)]],
    attributes: {
      rate: 0.1,
      site: 'a',
      dimensions: [
        { axis: 'example', size: 'B' },
        { axis: 'token', size: 'L' },
        { axis: 'unit', size: 77 },
      ],
    },
  },
  {
    title: 'of whole blocks',
    inputs: [['i32[B]', below(100000)]],
    attributes: {
      rate: 0.25,
      site: 'c',
      dimensions: [
        { axis: 'example', size: 'B' },
        { axis: 'head', size: 2 },
        { axis: 'token', size: 'L' },
        { axis: 'unit', size: 48 },
      ],
    },
  },
  {
    title: 'of pooled states',
    inputs: [['i32[B]', below(100000)]],
    attributes: {
      rate: 0.25,
      site: 'd',
      dimensions: [
        { axis: 'example', size: 'B' },
        { axis: 'unit', size: 40 },
      ],
    },
  },
  {
    title: 'of attention',
    inputs: [['i32[B]', below(100000)]],
    attributes: {
      rate: 0.5,
      site: 'b',
      dimensions: [
        { axis: 'example', size: 'B' },
        { axis: 'head', size: 3 },
        { axis: 'token', size: 'L' },
        { axis: "token'", size: 'L' },
      ],
    },
  },
]

export const wideCases: { readonly [op: string]: readonly OpCase[] } = {
  linear: [
    {
      title: 'of many rows, widths that are no multiple of a vector',
      inputs: ['f32[B, L, unit 37]', 'f32[row 53, column 37]', 'f32[row 53]'],
      attributes: { out: 'unit' },
    },
    {
      title: 'to class',
      inputs: ['f32[B, L, unit 64]', 'f32[row 26, column 64]', 'f32[row 26]'],
      attributes: { out: 'class' },
    },
    {
      title: 'before class',
      inputs: ['f32[B, unit 24, class 9]', 'f32[row 40, column 24]', 'f32[row 40]'],
      attributes: { out: 'unit' },
    },
  ],
  contract: [
    {
      title: 'gradient of a weight',
      inputs: ['f32[B, L, unit 44]', 'f32[B, L, unit 70]'],
      attributes: {
        left: ['example', 'token', 'row'],
        right: ['example', 'token', 'column'],
        sum: ['example', 'token'],
      },
    },
    {
      title: 'gradient of an input',
      inputs: ['f32[B, L, unit 44]', 'f32[row 44, column 70]'],
      attributes: { left: ['example', 'token', 'row'], right: ['row', 'unit'], sum: ['row'] },
    },
    {
      title: 'scores of attention',
      inputs: ['f32[B, head 3, L, unit 21]', 'f32[B, head 3, L, unit 21]'],
      attributes: { left: heads, right: primed, sum: ['unit'] },
    },
    {
      title: 'mixing by attention',
      inputs: ["f32[B, head 3, L, token' L]", "f32[B, head 3, token' L, unit 21]"],
      attributes: {
        left: ['example', 'head', 'token', "token'"],
        right: ['example', 'head', "token'", 'unit'],
        sum: ["token'"],
      },
    },
    {
      title: 'gradient of keys',
      inputs: ["f32[B, head 3, L, token' L]", 'f32[B, head 3, L, unit 21]'],
      attributes: { left: ['example', 'head', 'token', "token'"], right: heads, sum: ['token'] },
    },
    {
      title: 'with rows apart in memory, and a result out of order',
      inputs: ['f32[head 5, L, unit 40]', 'f32[B, head 5, unit 7]'],
      attributes: {
        left: ['head', "token'", 'unit'],
        right: ['example', 'head', 'token'],
        sum: ['head'],
      },
    },
    {
      title: 'that sums nothing',
      inputs: ['f32[B, unit 40]', 'f32[L, unit 30]'],
      attributes: { left: ['example', 'unit'], right: ['token', "unit'"], sum: [] },
    },
  ],
  rename: [
    {
      title: 'that transposes in tiles',
      inputs: ['f32[B, token 35, unit 50]'],
      attributes: { from: 'unit', to: "example'" },
    },
  ],
  broadcast: [
    {
      title: 'of long rows',
      inputs: ['f32[unit 100]'],
      attributes: { dimensions: [{ axis: 'example', size: 'B' }] },
    },
  ],
  gelu: [
    { title: 'of many numbers', inputs: [['f32[B, unit 333]', (uniform) => 24 * uniform() - 12]] },
    { title: 'at the ends of the table', inputs: [['f32[unit 6]', values(-8, 8, -8.001, 7.999, 0, -100)]] },
  ],
  gelu_gradient: [
    {
      title: 'of many numbers',
      inputs: [['f32[B, unit 333]', (uniform) => 24 * uniform() - 12], 'f32[B, unit 333]'],
    },
  ],
  gelu_tanh: [
    { title: 'of many numbers', inputs: [['f32[B, unit 333]', (uniform) => 24 * uniform() - 12]] },
    { title: 'far from 0', inputs: [['f32[unit 6]', values(-8, 8, -1000, 1000, 0, 1e12)]] },
  ],
  relu: [{ title: 'of many numbers', inputs: ['f32[B, unit 333]'] }],
  gelu_tanh_gradient: [
    {
      title: 'of many numbers',
      inputs: [['f32[B, unit 333]', (uniform) => 24 * uniform() - 12], 'f32[B, unit 333]'],
    },
    { title: 'far from 0', inputs: [['f32[unit 6]', values(-8, 8, -1000, 1000, 0, 1e12)], 'f32[unit 6]'] },
  ],
  add: [
    { title: 'of long rows', inputs: ['f32[B, L, unit 101]', 'f32[unit 101]'] },
    { title: 'of one number a row', inputs: ['f32[B, L, unit 101]', 'f32[B, L]'] },
    { title: 'with a row on the left', inputs: ['f32[unit 101]', 'f32[B, L, unit 101]'] },
    { title: 'with one number a row on the left', inputs: ['f32[B, L]', 'f32[B, L, unit 101]'] },
    { title: 'across the middle', inputs: ['f32[B, L, unit 101]', 'f32[B, unit 101]'] },
  ],
  multiply: [
    { title: 'of equal long rows', inputs: ['f32[B, L, unit 101]', 'f32[B, L, unit 101]'] },
    { title: 'of long rows and a number', inputs: ['f32[B, L, unit 101]', 'f32[]'] },
  ],
  sum: [
    { title: 'over rows', inputs: ['f32[B, L, unit 101]'], attributes: { axes: ['example', 'token'] } },
    { title: 'over the middle', inputs: ['f32[B, L, unit 101]'], attributes: { axes: ['token'] } },
    { title: 'along rows', inputs: ['f32[B, L, unit 101]'], attributes: { axes: ['unit'] } },
  ],
  layer_norm: [
    {
      title: 'of long rows',
      inputs: ['f32[B, L, unit 101]', 'f32[row 101]', 'f32[row 101]'],
      attributes: { epsilon: 1e-12 },
    },
    {
      title: 'of whole vectors',
      inputs: ['f32[B, L, unit 104]', 'f32[row 104]', 'f32[row 104]'],
      attributes: { epsilon: 1e-12 },
    },
  ],
  standardize: [
    { title: 'of long rows', inputs: ['f32[B, L, unit 101]'], attributes: { epsilon: 1e-12 } },
    { title: 'of whole vectors', inputs: ['f32[B, L, unit 104]'], attributes: { epsilon: 1e-5 } },
  ],
  standardize_gradient: [
    {
      title: 'of long rows',
      inputs: ['f32[B, L, unit 101]', 'f32[B, L, unit 101]'],
      attributes: { epsilon: 1e-12 },
    },
    {
      title: 'of whole vectors',
      inputs: ['f32[B, L, unit 104]', 'f32[B, L, unit 104]'],
      attributes: { epsilon: 1e-12 },
    },
  ],
  softmax: [
    { title: 'of long rows', inputs: ['f32[B, L, unit 37]'], attributes: { axis: 'unit' } },
    {
      title: 'with a mask for some rows',
      inputs: ['f32[B, head 2, L, unit 37]', 'bool[B, unit 37]'],
      attributes: { axis: 'unit' },
    },
    {
      title: 'with a mask for each row, one of them dead',
      inputs: [
        'f32[B, L, unit 12]',
        ['bool[B, L, unit 12]', (uniform, i) => (i < 12 ? 0 : uniform() < 0.5 ? 1 : 0)],
      ],
      attributes: { axis: 'unit' },
    },
    {
      title: 'with one flag a row',
      inputs: ['f32[B, L, unit 12]', ['bool[B, L]', values(1, 0, 1)]],
      attributes: { axis: 'unit' },
    },
    {
      title: 'of large numbers',
      inputs: [['f32[B, unit 8]', values(300, -300, 90, 88, 87, 0, -90, 300)]],
      attributes: { axis: 'unit' },
    },
  ],
  softmax_gradient: [
    {
      title: 'of long rows',
      inputs: ['f32[B, L, unit 37]', 'f32[B, L, unit 37]'],
      attributes: { axis: 'unit' },
    },
  ],
  scaled_softmax: [
    {
      title: 'of long rows, bias and mask the same for some',
      inputs: ['f32[B, head 2, L, unit 37]', 'f32[B, unit 37]', 'bool[B, unit 37]'],
      attributes: { axis: 'unit', divisor: 5 },
    },
    {
      title: 'with a bias for each row, and one row dead',
      inputs: [
        'f32[B, L, unit 12]',
        'f32[L, unit 12]',
        ['bool[B, L, unit 12]', (uniform, i) => (i < 12 ? 0 : uniform() < 0.5 ? 1 : 0)],
      ],
      attributes: { axis: 'unit', divisor: 0.5 },
    },
    {
      title: 'with one number for all and no mask',
      inputs: ['f32[B, L, unit 10]', 'f32[]'],
      attributes: { axis: 'unit', divisor: 3 },
    },
  ],
  scaled_softmax_gradient: [
    {
      title: 'of long rows',
      inputs: ['f32[B, L, unit 37]', 'f32[B, L, unit 37]', 'f32[B, L, unit 37]'],
      attributes: { axis: 'unit', divisor: 5 },
    },
  ],
  scaled_kl: [
    {
      title: 'of long rows',
      inputs: ['f32[B, L, class 700]', 'f32[B, L, class 700]'],
      attributes: { axis: 'class', divisor: 2 },
    },
  ],
  kl_gradient: [
    {
      title: 'of long rows',
      inputs: ['f32[B, L, class 700]', 'f32[B, L, class 700]', 'f32[B, L]'],
      attributes: { axis: 'class', divisor: 2 },
    },
    {
      title: 'of long rows, beside others',
      inputs: ['f32[B, L, class 700]', 'f32[L, class 700]', 'f32[B]', 'f32[B, L, class 700]'],
      attributes: { axis: 'class', divisor: 0.5 },
    },
  ],
  split: [{ title: 'of long rows', inputs: ['f32[B, L, unit 60]'], attributes: { heads: 3 } }],
  join: [{ title: 'of long rows', inputs: ['f32[B, head 3, L, unit 20]'] }],
  slice: [
    {
      title: 'of long rows',
      inputs: ['f32[B, L, unit 60]'],
      attributes: { axis: 'unit', start: 7, size: 30 },
    },
  ],
  pad: [
    {
      title: 'of long rows',
      inputs: ['f32[B, L, unit 30]'],
      attributes: { axis: 'unit', before: 3, after: 9 },
    },
  ],
  pick: [{ title: 'of long rows', inputs: ['f32[B, L, unit 30]'], attributes: { axis: 'token', index: 2 } }],
  place: [
    { title: 'of long rows', inputs: ['f32[B, unit 30]'], attributes: { axis: 'token', index: 1, size: 3 } },
  ],
  concat: [
    {
      title: 'of long rows',
      inputs: ['f32[B, L, unit 9]', 'f32[B, L, unit 14]'],
      attributes: { axis: 'unit' },
    },
  ],
  shift: [
    { title: 'of long rows', inputs: ['f32[B, L, unit 9]'], attributes: { axis: 'token', by: -1 } },
    { title: 'beyond the end', inputs: ['f32[B, L, unit 9]'], attributes: { axis: 'token', by: 4 } },
  ],
  lookup: [
    {
      title: 'of long rows',
      inputs: [['i32[B, L]', below(9)], 'f32[row 9, column 101]'],
      attributes: { padding: null },
    },
  ],
  gather_positions: [
    {
      title: 'of long rows, a run over two examples',
      inputs: ['f32[B, L, unit 30]', ['i32[R]', values(1, 2, 3, -3)]],
      attributes: { dead: 'copy' },
    },
    {
      title: 'of heads, a run up to the end of an example',
      inputs: ['f32[B, head 3, L, unit 12]', ['i32[R]', values(1, 2, 3, -3)]],
      attributes: { dead: 'zero' },
    },
    {
      title: 'of heads, dead ones copied',
      inputs: ['f32[B, head 3, L, unit 12]', ['i32[R]', values(0, 4, -1, -6)]],
      attributes: { dead: 'copy' },
    },
    {
      title: 'of ids',
      inputs: [
        ['i32[B, L]', below(99)],
        ['i32[R]', values(1, 2, 3, -3)],
      ],
      attributes: { dead: 'copy' },
    },
    {
      title: 'of what is one for all tokens',
      inputs: ['f32[B, unit 12]', ['i32[R]', values(1, 2, 3, -3)]],
      attributes: { dead: 'zero' },
    },
  ],
  scatter_positions: [
    {
      title: 'of long rows, a run over two examples',
      inputs: ['f32[R, unit 30]', ['i32[R]', values(1, 2, 3, -3)]],
      attributes: { dead: 'add' },
    },
    {
      title: 'of heads, dead ones added',
      inputs: ['f32[R, head 3, unit 12]', ['i32[R]', values(0, 1, -1, -2)]],
      attributes: { dead: 'add' },
    },
    {
      title: 'of heads, dead ones nowhere',
      inputs: ['f32[R, head 3, unit 12]', ['i32[R]', values(0, 4, 5, -1)]],
      attributes: { dead: 'ignore' },
    },
    { title: 'of numbers', inputs: ['f32[R]', ['i32[R]', values(1, 2, 3, -3)]], attributes: { dead: 'add' } },
  ],
  lookup_gradient: [
    {
      title: 'of long rows, ids repeated and out of range',
      inputs: [['i32[B, L]', values(1, 1, 0, -5, 12, 1)], 'f32[B, L, unit 101]'],
      attributes: { rows: 9, padding: 0 },
    },
    {
      title: 'of few rows of a large table',
      inputs: [['i32[B, L]', values(1, 1100, 0, 555, 1199, 1)], 'f32[B, L, unit 72]'],
      attributes: { rows: 1200, padding: 0 },
    },
  ],
  dropout_mask: masks,
  dropout_keep: masks,
  dropout: [
    {
      title: 'of long rows',
      inputs: ['f32[B, L, unit 37]', ['bool[B, L, unit 37]', coin]],
      attributes: { rate: 0.1 },
    },
  ],
  dropout_softmax_gradient: [
    {
      title: 'of long rows',
      inputs: ['f32[B, L, unit 37]', 'f32[B, L, unit 37]', ['bool[B, L, unit 37]', coin]],
      attributes: { axis: 'unit', divisor: 5, rate: 0.1 },
    },
  ],
}
