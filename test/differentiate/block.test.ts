/**
 * A whole transformer layer under three losses, with padding, dropout, a tied decoder and a frozen teacher: every parameter's gradient against central
 * differences.
 */
import { expect, test } from 'vitest'
import { differentiate } from '../../src/differentiate/differentiate.ts'
import { Builder } from '../../src/graph/build.ts'
import { gradientName } from '../../src/graph/gradient-name.ts'
import type { Attributes, Node, ReferenceValue } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { axesOf } from '../../src/graph/ops/support/inputs.ts'
import { dimensionsAttribute } from '../../src/graph/type.ts'
import { verify } from '../../src/graph/verify.ts'
import { dot, output, slope } from '../ops/trial.ts'
import { generate, real, stream, type, value } from '../ops/typed.ts'

const hidden = 4
const inner = 6
const vocabulary = 5

const builder = new Builder(ops)
const add = (op: string, inputs: readonly Node[], attributes: Attributes = {}) =>
  builder.add(op, inputs, attributes)
const total = (x: Node) => add('sum', [x], { axes: axesOf(x) })
const parameter = (name: string, of: string) => builder.parameter(name, type(of))
const ids = builder.input('ids', type('i32[B, L]'))
const live = builder.input('live', type('bool[B, L]'))
const labels = builder.input('labels', type('i32[B, L]'))
const sample = builder.input('sample', type('i32[B]'))

function linear(owner: string, x: Node, out: number, width: number): Node {
  const weight = parameter(`${owner}.weight`, `f32[row ${out}, column ${width}]`)
  return add('linear', [x, weight, parameter(`${owner}.bias`, `f32[row ${out}]`)], { out: 'unit' })
}
function norm(owner: string, x: Node): Node {
  const scale = parameter(`${owner}.scale`, `f32[row ${hidden}]`)
  return add('layer_norm', [x, scale, parameter(`${owner}.bias`, `f32[row ${hidden}]`)], { epsilon: 1e-3 })
}
function dropout(site: string, x: Node): Node {
  const dimensions = dimensionsAttribute(x.type.dimensions)
  return add('multiply', [x, add('dropout_mask', [sample], { rate: 0.25, site, dimensions })])
}

interface Model {
  readonly table: Node
  readonly scores: Node
  readonly states: Node
  readonly logits: Node
}
function model(owner: string, activation: string, mask: Node): Model {
  const table = parameter(`${owner}.words`, `f32[row ${vocabulary}, column ${hidden}]`)
  const places = add('broadcast', [add('vector', [], { axis: 'token', values: [0.1, -0.2, 0.3] })], {
    dimensions: [{ axis: 'unit', size: hidden }],
  })
  // the vector has a fixed length, the batch L: what does not depend on the batch enters through `unit`
  const mean = add('multiply', [add('sum', [places], { axes: ['token'] }), builder.constant(1 / 3)])
  const x = norm(`${owner}.embedding`, add('add', [add('lookup', [ids, table], { padding: 0 }), mean]))
  const [q, k, v] = ['query', 'key', 'value'].map((name) =>
    add('split', [linear(`${owner}.${name}`, x, hidden, hidden)], { heads: 2 }),
  )
  if (q === undefined || k === undefined || v === undefined) throw new Error('three of them')
  const raw = add('contract', [q, k], {
    left: ['example', 'head', 'token', 'unit'],
    right: ['example', 'head', "token'", 'unit'],
    sum: ['unit'],
  })
  const scores = add('divide', [raw, builder.constant(Math.sqrt(hidden / 2))])
  const shares = dropout(`${owner}.attention`, add('softmax', [scores, mask], { axis: "token'" }))
  const context = add('contract', [shares, v], {
    left: ['example', 'head', 'token', "token'"],
    right: ['example', 'head', "token'", 'unit'],
    sum: ["token'"],
  })
  const attended = norm(
    `${owner}.one`,
    add('add', [linear(`${owner}.output`, add('join', [context]), hidden, hidden), x]),
  )
  const up = add(activation, [linear(`${owner}.up`, attended, inner, hidden)])
  const states = norm(
    `${owner}.two`,
    add('add', [dropout(`${owner}.ffn`, linear(`${owner}.down`, up, hidden, inner)), attended]),
  )
  const logits = add('linear', [states, table, parameter(`${owner}.decoder`, `f32[row ${vocabulary}]`)], {
    out: 'class',
  })
  return { table, scores, states, logits }
}

const mask = add('rename', [live], { from: 'token', to: "token'" })
const student = model('S', 'gelu', mask)
const teacher = model('T', 'gelu_tanh', mask)
const mean = (x: Node) => total(add('select', [live, x, builder.constant(0)]))
const softened = (x: Node) => add('divide', [x, builder.constant(2)])
const losses = [
  mean(add('cross_entropy_labels', [student.logits, labels], { axis: 'class' })),
  mean(add('kl', [softened(student.logits), softened(teacher.logits)], { axis: 'class' })),
  total(
    add('select', [
      live,
      add('square', [add('subtract', [student.states, teacher.states])]),
      builder.constant(0),
    ]),
  ),
  mean(
    add('sum', [add('kl', [student.scores, teacher.scores, mask], { axis: "token'" })], { axes: ['head'] }),
  ),
]
const loss = losses.reduce((a, b) => add('add', [a, b]))
const graph = builder.finish('block', new Map([['loss', loss]]))

const uniform = stream(5)
const given = new Map<string, ReferenceValue>([
  ['ids', value([2, 3], 1, 4, 2, 3, 0, 0)],
  ['live', value([2, 3], 1, 1, 1, 1, 1, 0)],
  ['labels', value([2, 3], 2, -100, 0, 1, -100, -100)],
  ['sample', value([2], 17, 4)],
])
const names: string[] = []
for (const node of graph.nodes) {
  const { name } = node.attributes
  if (node.op !== 'parameter' || typeof name !== 'string') continue
  names.push(name)
  given.set(name, generate(node.type, real, uniform))
}
const trained = names.filter((name) => name.startsWith('S.'))
const whole = differentiate(graph, 'loss', trained, ops)
const f = (values: ReadonlyMap<string, ReferenceValue>) => output(graph, values, 'loss').data[0] ?? Number.NaN

test('the gradient graph is well formed and has all trained parameters', () => {
  verify(whole, ops)
  expect([...whole.outputs.keys()]).toEqual(['loss', ...trained.map(gradientName)])
  expect(trained.length).toBe(20)
})

test.each(trained)('gradient of %s', (name) => {
  const gradient = output(whole, given, gradientName(name))
  expect(gradient.data.every(Number.isFinite)).toBe(true)
  for (let direction = 0; direction < 2; direction++) {
    const shape = given.get(name)
    const along = Float64Array.from(shape?.data ?? [], () => uniform() - 0.5)
    // the padding row of the lookup has no gradient from the lookup, though its ids occur: keep to the other rows
    if (name === 'S.words') along.fill(0, 0, hidden)
    const expected = slope(f, given, name, along)
    expect(Math.abs(dot(gradient.data, along) - expected)).toBeLessThan(1e-6 * (1 + Math.abs(expected)))
  }
})

test('the largest gradients are far above the tolerance', () => {
  const norms = trained.map((name) => Math.hypot(...output(whole, given, gradientName(name)).data))
  expect(Math.max(...norms)).toBeGreaterThan(1)
  // the bias of keys has none: softmax does not see what all keys share
  const small = trained.filter((_, k) => (norms[k] ?? 0) < 1e-3)
  expect(small).toEqual(['S.key.bias'])
})
