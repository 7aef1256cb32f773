import { describe, expect, test } from 'vitest'
import type { Program } from '../../src/check/program.ts'
import type { Term, TermOperation } from '../../src/check/tensor-term.ts'
import { reachable } from '../../src/check/term-reads.ts'
import { check, preamble, program } from './spec-text.ts'

/** The term that a stage minimises, of a spec with the usual teacher T and student S (2 layers, 48 units, 4 heads, two classes). */
function minimized(loss: string, more = ''): Term {
  const spec = `${preamble}\n${more}\nloss tested = ${loss}\nstage s { minimize tested }`
  const [stage] = program(spec).stages
  if (!stage) throw new Error('no stage')
  return stage.minimize
}
type Operation<Op extends TermOperation['op']> = Extract<TermOperation, { op: Op }>
function find<Op extends TermOperation['op']>(root: Term, op: Op): (Term & { operation: Operation<Op> })[] {
  const is = (term: Term): term is Term & { operation: Operation<Op> } => term.operation.op === op
  return reachable(root).filter(is)
}
function reduction(loss: string, more = ''): Operation<'reduction'> {
  const [found, ...others] = find(minimized(loss, more), 'reduction')
  if (!found || others.length > 0) throw new Error('one reduction expected')
  return found.operation
}

describe('default per', () => {
  test.each([
    ['mse(S.hidden[1], T.hidden[1])', ['token', 'unit']],
    ['mean(S.hidden[1])', ['token', 'unit']],
    ['mse(S.scores[1], T.scores[1])', ['head', 'token', "token'"]],
    ['kl(S.scores[1], T.scores[1])', ['head', 'token']],
    ['kl(S.task.logits, T.task.logits)', []],
    ['cross_entropy(S.task.logits, batch.label)', []],
    ['cosine_distance(S.hidden[1], T.hidden[1])', ['token']],
  ])('%s', (loss, per) => {
    expect(reduction(loss).per).toEqual(per)
    expect(reduction(loss)).toMatchObject({ live: 'attended', livePrimed: 'attended', withinExample: false })
  })
})

describe('suffixes', () => {
  test('per the axis that was summed away keeps its size', () => {
    const found = reduction('kl(S.task.logits, T.task.logits) per class')
    expect(found.per).toEqual(['class'])
    expect(found.over).toEqual({ axis: 'class', size: 2 })
    expect(reduction('kl(S.scores[1], T.scores[1])').over).toBeUndefined()
  })
  test('they reach through functions, to primitives without their own', () => {
    const functions = 'def pair(s, t) = mse(s, t) + (mse(s, t) per token where any)'
    const terms = find(minimized('pair(S.hidden[1], T.hidden[1]) per unit', functions), 'reduction')
    expect(terms.map(({ operation }) => [operation.per, operation.live])).toEqual([
      [['unit'], 'attended'],
      [['token'], 'any'],
    ])
  })
  test('where reaches what mixes positions; columns of a pair stay attended', () => {
    const terms = find(minimized('mse(softmax(S.scores[1]), T.probabilities[1]) where masked'), 'softmax')
    expect(terms.at(-1)?.operation).toMatchObject({ over: "token'", live: 'attended' })
    expect(reduction('mse(S.scores[1], T.scores[1]) where masked')).toMatchObject({
      live: 'masked',
      livePrimed: 'attended',
    })
    expect(reduction('mse(S.scores[1], T.scores[1]) where any')).toMatchObject({
      live: 'any',
      livePrimed: 'any',
    })
  })
  test('no suffix of a loss changes the model', () => {
    const model = (loss: string) => find(minimized(loss), 'apply').map(({ operation }) => operation.live)
    expect(new Set(model('mse(S.hidden[1], T.hidden[1]) where any'))).toEqual(new Set(['attended']))
  })
  test('within example', () => {
    expect(reduction('kl(S.scores[1], T.scores[1]) per (head, token) within example')).toMatchObject({
      per: ['head', 'token'],
      withinExample: true,
    })
  })
  test('per example divides by examples alone', () => {
    expect(reduction('mse(S.hidden[1].first, T.hidden[1].first) per example').per).toEqual([])
  })
})

describe('arithmetic', () => {
  test('sums are built from the left, each addition after its term', () => {
    const sum = minimized('sum m in 0..2 { mse(S.hidden[m], T.hidden[m]) }')
    expect(sum.operation).toMatchObject({ op: 'binary', name: '+' })
    const [left, last] = sum.inputs
    expect(left?.operation).toMatchObject({ op: 'binary', name: '+' })
    const parts = [left?.inputs[0], left?.inputs[1], left, last, sum].map((term) => term?.id ?? Number.NaN)
    expect(parts).toEqual([...parts].sort((a, b) => a - b))
  })
  test('a mean divides by its count', () => {
    const mean = minimized('mean m in [0, 2] { mse(S.hidden[m], T.hidden[m]) }')
    expect(mean.operation).toMatchObject({ op: 'binary', name: '/' })
    expect(mean.inputs[1]?.operation).toEqual({ op: 'number', value: 2 })
  })
  test('equal terms are one', () => {
    const twice = minimized('mse(S.hidden[1], T.hidden[1]) + mse(S.hidden[1], T.hidden[1])')
    expect(twice.inputs[0]).toBe(twice.inputs[1])
  })
  test('temperatures may follow the stage', () => {
    const loss = minimized('soften(S.task.logits, T.task.logits, temperature = 4 - 3 * progress)')
    expect(find(loss, 'schedule').map(({ operation }) => operation.name)).toEqual(['progress'])
  })
  test('a known condition leaves one branch, another chooses element by element', () => {
    expect(
      find(minimized('if 1 < 2 then mean(S.hidden[1]) else mean(S.hidden[9])'), 'reduction'),
    ).toHaveLength(1)
    const cut = find(minimized('mean(if S.scores[1] <= -100 then 0 else S.scores[1])'), 'select').at(-1)
    expect(cut?.inputs[0]?.type).toBe('boolean')
  })
  test('maxima of two, and over an axis', () => {
    const two = find(minimized('mean(max(0, abs(S.hidden[1]) - 3))'), 'binary')
    expect(two.some(({ operation }) => operation.name === 'max')).toBe(true)
    const [over] = find(minimized('mean(max(S.hidden[1], over = unit))'), 'reduce')
    expect(over?.operation).toMatchObject({ how: 'max', over: 'unit' })
  })
})

describe('targets', () => {
  test('labels, smoothed labels and distributions', () => {
    const hard = find(minimized('cross_entropy(S.task.logits, batch.label)'), 'cross_entropy_labels')
    expect(hard[0]?.inputs[1]?.operation).toEqual({ op: 'input', name: 'batch.label' })
    const [soft] = find(minimized('cross_entropy(S.task.logits, smooth(batch.label, 10%))'), 'cross_entropy')
    expect(soft?.inputs[1]).toMatchObject({
      operation: { op: 'smooth', amount: 0.1, classes: 2 },
      distribution: { form: 'probabilities', over: 'class' },
    })
    const [taught] = find(minimized('cross_entropy(S.task.logits, softmax(T.task.logits))'), 'cross_entropy')
    expect(taught?.inputs[1]?.distribution).toMatchObject({ form: 'probabilities', over: 'class' })
  })
  test('class weights', () => {
    const loss = minimized('cross_entropy(S.task.logits, batch.label, weights = [1, 3])')
    expect(find(loss, 'cross_entropy_labels')[0]?.operation.weights).toEqual([1, 3])
  })
})

describe('relations between examples', () => {
  const distances = `
def difference(x) = across(x, over = example) - x
def distance(x) = sqrt(sum(difference(x)^2, over = unit) + 1e-12)
def angle(x) = dot(normalize(difference(x)), across(normalize(difference(x)), over = example'))`
  test('distances of pairs (RKD)', () => {
    const loss = minimized('mse(distance(S.hidden[1].first), distance(T.hidden[1].first))', distances)
    const [form] = find(loss, 'squared_difference')
    expect(form?.axes.map(({ axis, size }) => [axis, size])).toEqual([
      ['example', 'B'],
      ["example'", 'B'],
    ])
  })
  test('angles of three (RKD)', () => {
    const loss = minimized('mse(angle(S.hidden[1].first), angle(T.hidden[1].first))', distances)
    expect(find(loss, 'squared_difference')[0]?.axes.map(({ axis }) => axis)).toEqual([
      'example',
      "example'",
      "example''",
    ])
  })
  test('products of pairs', () => {
    const gram = 'def gram(x) = dot(x, x, over = unit, pair = example)'
    const loss = minimized('mse(gram(S.hidden[1].first), gram(T.hidden[1].first))', gram)
    expect(find(loss, 'dot').at(-1)?.operation).toEqual({ op: 'dot', over: 'unit', pair: ['example'] })
  })
})

describe('names', () => {
  test('a declared loss is remembered, with the arguments it was given', () => {
    const spec = `${preamble}
loss hidn(S, T) = mse(S.hidden[1], T.hidden[1])
stage s { minimize 2 * hidn(S, T) + hard }`
    const terms = program(spec).stages[0]?.terms ?? []
    expect(terms.map(({ name }) => name)).toEqual(['hidn', 'hard'])
    expect(terms[0]?.weight?.operation).toEqual({ op: 'number', value: 2 })
  })
  test('a file may hide a primitive, for itself alone', () => {
    const spec = `${preamble}
loss kl = mse(S.task.logits, T.task.logits)
stage s { minimize kl + imitate }`
    const [stage] = program(spec).stages
    const primitives = stage && find(stage.minimize, 'reduction').map(({ operation }) => operation.primitive)
    expect(primitives).toEqual(['mse', 'kl'])
  })
  test('an error is said once, however many layers it is in', () => {
    const { codes } = check(`${preamble}\nloss l = sum m in 0..2 { mse(S.hidden[m], T.scores[1]) }`)
    expect(codes).toEqual(['E0313'])
  })
})

test('projections', () => {
  const declared = (form: string) => `model wide = small with { hidden_size = 96 }
teacher W : wide { }
projection P${form === 'family' ? '[m] for m in 1..2' : ''} : small.hidden_size -> wide.hidden_size = ${form === 'family' ? 'linear' : form}`
  const own = (loss: Term) =>
    find(loss, 'parameter').flatMap(({ operation: { parameter, shape } }) =>
      parameter.owner === 'P' ? [[parameter.path, ...shape]] : [],
    )
  const plain = minimized('mse(P(S.hidden[1]), W.hidden[1])', declared('relu'))
  expect(own(plain)).toEqual([
    ['weight', 96, 48],
    ['bias', 96],
  ])
  expect(find(plain, 'unary').some(({ operation }) => operation.name === 'relu')).toBe(true)
  const family = minimized('mse(P[2](S.hidden[1]), W.hidden[1])', declared('family'))
  expect(own(family)).toEqual([
    ['[2].weight', 96, 48],
    ['[2].bias', 96],
  ])
})

test('layer maps', () => {
  const spec = `${preamble}
model six = small with { layers = 6 }
model four = small with { layers = 4 }
map by_threes : small -> six = uniform
map rounded : four -> six = uniform(round = floor)
map tail : small -> six = last
map listed : S -> six = [2, 5]
map computed : small -> six = m -> 2 * m + 1`
  const { maps }: Program = program(spec)
  expect(Object.fromEntries([...maps].map(([name, { layers }]) => [name, layers]))).toEqual({
    by_threes: [0, 3, 6],
    rounded: [0, 1, 3, 4, 6],
    tail: [0, 5, 6],
    listed: [0, 2, 5],
    computed: [0, 3, 5],
  })
})
