/** Cases of the ops that move or add up along axes, and of products. */
import { below, values } from '../typed.ts'
import type { Cases, OpCase } from './case.ts'

const masks: readonly OpCase[] = [
  {
    title: 'of hidden states',
    inputs: [['i32[B]', values(5, 9)]],
    attributes: {
      rate: 0.3,
      site: 'a',
      dimensions: [
        { axis: 'example', size: 'B' },
        { axis: 'token', size: 'L' },
        { axis: 'unit', size: 3 },
      ],
    },
  },
]

export const structural: Cases = {
  again: [
    { title: 'after a scalar', inputs: ['f32[B, L]', 'f32[]'] },
    { title: 'of a mask, after a value', inputs: ['bool[B]', 'f32[B, unit 2]'] },
  ],
  sum: [
    { title: 'over one axis', inputs: ['f32[B, L, unit 2]'], attributes: { axes: ['token'] } },
    {
      title: 'over two that are apart',
      inputs: ['f32[B, L, unit 2]'],
      attributes: { axes: ['unit', 'example'] },
    },
    { title: 'over all', inputs: ['f32[B, L]'], attributes: { axes: ['example', 'token'] } },
    { title: 'over none', inputs: ['f32[B, L]'], attributes: { axes: [] } },
  ],
  max: [
    { title: 'over the last axis', inputs: ['f32[B, unit 4]'], attributes: { axis: 'unit' } },
    { title: 'over the first', inputs: ['f32[B, L, unit 2]'], attributes: { axis: 'example' } },
  ],
  min: [{ title: 'over the middle axis', inputs: ['f32[B, L, unit 2]'], attributes: { axis: 'token' } }],
  broadcast: [
    {
      title: 'along axes on both sides',
      inputs: ['f32[L]'],
      attributes: {
        dimensions: [
          { axis: 'example', size: 'B' },
          { axis: 'unit', size: 2 },
        ],
      },
    },
    {
      title: 'with its own axis listed',
      inputs: ['f32[unit 2]'],
      attributes: {
        dimensions: [
          { axis: 'example', size: 'B' },
          { axis: 'unit', size: 2 },
        ],
      },
    },
  ],
  rename: [
    { title: 'in place', inputs: ['f32[B, L]'], attributes: { from: 'token', to: "token'" } },
    {
      title: 'to another place',
      inputs: ['f32[head 2, L, unit 4]'],
      attributes: { from: 'unit', to: 'example' },
    },
  ],
  split: [
    { title: 'of the last axis', inputs: ['f32[B, L, unit 6]'], attributes: { heads: 2 } },
    { title: "before unit'", inputs: ["f32[unit 4, unit' 3]"], attributes: { heads: 2 } },
  ],
  join: [
    { title: 'across token', inputs: ['f32[B, head 2, L, unit 3]'] },
    { title: "before unit'", inputs: ["f32[head 2, unit 2, unit' 3]"] },
  ],
  gather_positions: [
    {
      title: 'before unit, the last one a copy',
      inputs: ['f32[B, L, unit 2]', ['i32[R]', values(0, 2, 4, -5)]],
      attributes: { dead: 'copy' },
    },
    {
      title: 'with head between, the last one zero',
      inputs: ['f32[B, head 2, L, unit 2]', ['i32[R]', values(1, 3, 5, -2)]],
      attributes: { dead: 'zero' },
    },
    {
      title: 'of what has tokens only',
      inputs: ['f32[L, unit 2]', ['i32[R]', values(0, 1, 4, -1)]],
      attributes: { dead: 'copy' },
    },
    {
      title: 'of what has examples only',
      inputs: ['f32[B, class 3]', ['i32[M]', values(0, 5)]],
      attributes: { dead: 'copy' },
    },
    {
      title: 'of truths',
      inputs: ['bool[B, L]', ['i32[R]', values(0, 1, 5, -2)]],
      attributes: { dead: 'zero' },
    },
    {
      title: 'of numbers',
      inputs: ['i32[B, L]', ['i32[R]', values(0, 1, 5, -2)]],
      attributes: { dead: 'copy' },
    },
  ],
  scatter_positions: [
    {
      title: 'before unit, the last one nowhere',
      inputs: ['f32[R, unit 2]', ['i32[R]', values(0, 2, 4, -5)]],
      attributes: { dead: 'ignore' },
    },
    {
      title: 'the last one added',
      inputs: ['f32[R, unit 2]', ['i32[R]', values(0, 2, 4, -5)]],
      attributes: { dead: 'add' },
    },
    {
      title: 'with head',
      inputs: ['f32[M, head 2, unit 3]', ['i32[M]', values(1, 5)]],
      attributes: { dead: 'ignore' },
    },
    { title: 'alone', inputs: ['f32[W]', ['i32[W]', values(3, 4, 5)]], attributes: { dead: 'ignore' } },
  ],
  slice: [
    {
      title: 'of the middle',
      inputs: ['f32[B, unit 6, class 2]'],
      attributes: { axis: 'unit', start: 1, size: 3 },
    },
  ],
  chunk: [
    {
      title: 'of positions, before unit',
      inputs: ['f32[R, unit 3]'],
      attributes: { axis: 'position', index: 1, count: 2 },
    },
    {
      title: 'of a share',
      inputs: ['f32[position R/2]'],
      attributes: { axis: 'position', index: 0, count: 2 },
    },
    {
      title: 'of a fixed axis behind others',
      inputs: ['f32[B, unit 6, class 2]'],
      attributes: { axis: 'unit', index: 2, count: 3 },
    },
    {
      title: 'of truths',
      inputs: ['bool[R]'],
      attributes: { axis: 'position', index: 3, count: 4 },
    },
    {
      title: 'of numbers',
      inputs: [['i32[M]', below(9)]],
      attributes: { axis: 'position', index: 1, count: 2 },
    },
  ],
  unchunk: [
    {
      title: 'of positions, before unit',
      inputs: ['f32[position R/2, unit 3]'],
      attributes: { axis: 'position', index: 1, count: 2 },
    },
    {
      title: 'of a share',
      inputs: ['f32[position R/4]'],
      attributes: { axis: 'position', index: 0, count: 2 },
    },
    {
      title: 'of a fixed axis behind others',
      inputs: ['f32[B, unit 2, class 2]'],
      attributes: { axis: 'unit', index: 1, count: 3 },
    },
  ],
  pad: [
    {
      title: 'on both sides',
      inputs: ['f32[B, unit 3, class 2]'],
      attributes: { axis: 'unit', before: 2, after: 1 },
    },
  ],
  pick: [
    { title: 'the first token', inputs: ['f32[B, L, unit 2]'], attributes: { axis: 'token', index: 0 } },
    { title: 'a unit', inputs: ['f32[B, unit 4]'], attributes: { axis: 'unit', index: 3 } },
  ],
  place: [
    { title: 'among tokens', inputs: ['f32[B, unit 2]'], attributes: { axis: 'token', index: 1, size: 'L' } },
  ],
  concat: [
    {
      title: 'along unit',
      inputs: ['f32[B, unit 2]', 'f32[B, unit 3]', 'f32[B, unit 1]'],
      attributes: { axis: 'unit' },
    },
    {
      title: 'along head',
      inputs: ['f32[B, head 2, unit 3]', 'f32[B, head 1, unit 3]'],
      attributes: { axis: 'head' },
    },
  ],
  shift: [
    { title: 'later', inputs: ['f32[B, L, unit 2]'], attributes: { axis: 'token', by: 1 } },
    { title: 'earlier', inputs: ['f32[B, L, unit 2]'], attributes: { axis: 'token', by: -2 } },
    { title: 'out of sight', inputs: ['f32[B, L]'], attributes: { axis: 'token', by: 5 } },
  ],

  contract: [
    {
      title: 'scores: shared example and head, primed axes kept',
      inputs: ['f32[B, head 2, L, unit 2]', 'f32[B, head 2, L, unit 2]'],
      attributes: {
        left: ['example', 'head', 'token', 'unit'],
        right: ['example', 'head', "token'", 'unit'],
        sum: ['unit'],
      },
    },
    {
      title: 'context: primed axis summed with its plain axis',
      inputs: ["f32[B, head 2, L, token' L]", 'f32[B, head 2, L, unit 2]'],
      attributes: {
        left: ['example', 'head', 'token', "token'"],
        right: ['example', 'head', "token'", 'unit'],
        sum: ["token'"],
      },
    },
    {
      title: 'a weight',
      inputs: ['f32[B, L, unit 2]', 'f32[row 3, column 2]'],
      attributes: { left: ['example', 'token', 'column'], right: ['unit', 'column'], sum: ['column'] },
    },
    {
      title: 'outer',
      inputs: ['f32[unit 2]', 'f32[L, unit 3]'],
      attributes: { left: ['unit'], right: ['token', "unit'"], sum: [] },
    },
    {
      title: 'names exchanged',
      inputs: ['f32[L, unit 2]', 'f32[L, unit 3]'],
      attributes: { left: ['unit', 'class'], right: ['unit', 'token'], sum: ['unit'] },
    },
    {
      title: 'two axes summed, one kept by both',
      inputs: ['f32[B, L, unit 2]', 'f32[B, L, unit 2]'],
      attributes: {
        left: ['example', 'token', 'unit'],
        right: ['example', 'token', 'unit'],
        sum: ['example', 'unit'],
      },
    },
  ],
  linear: [
    {
      title: 'to units',
      inputs: ['f32[B, L, unit 3]', 'f32[row 4, column 3]', 'f32[row 4]'],
      attributes: { out: 'unit' },
    },
    {
      title: 'to classes',
      inputs: ['f32[B, unit 3]', 'f32[row 2, column 3]', 'f32[row 2]'],
      attributes: { out: 'class' },
    },
    {
      title: "over unit before unit'",
      inputs: ["f32[unit 3, unit' 2]", 'f32[row 4, column 3]', 'f32[row 4]'],
      attributes: { out: 'class' },
    },
    {
      title: 'of one vector',
      inputs: ['f32[unit 3]', 'f32[row 2, column 3]', 'f32[row 2]'],
      attributes: { out: 'unit' },
    },
  ],
  lookup: [
    {
      title: 'with repeated ids',
      inputs: [['i32[B, L]', values(0, 3, 1, 3, 2, 0)], 'f32[row 4, column 2]'],
      attributes: { padding: null },
    },
    {
      title: 'of one id',
      inputs: [['i32[]', values(2)], 'f32[row 4, column 2]'],
      attributes: { padding: null },
    },
  ],
  lookup_gradient: [
    {
      title: 'of all rows',
      inputs: [['i32[B, L]', below(4)], 'f32[B, L, unit 2]'],
      attributes: { rows: 4, padding: null },
    },
    {
      title: 'without the padding row',
      inputs: [['i32[B, L]', values(0, 3, 1, 3, 2, 0)], 'f32[B, L, unit 2]'],
      attributes: { rows: 4, padding: 0 },
    },
  ],
  one_hot: [
    {
      title: 'some out of range',
      inputs: [['i32[B, L]', values(0, 3, -1, 2, 4, 1)]],
      attributes: { axis: 'class', size: 4 },
    },
  ],
  dropout_mask: masks,
  dropout_keep: masks,
}
