import { describe, expect, it } from 'vitest'
import { evaluateBatch } from '../../src/train/step.ts'
import { batchOf, prepare, programOf, random } from './spec-run.ts'

/** Parts of the language that no published recipe of this project uses: they must check, lower and have gradients that are right. */
const spec = (loss: string, more = '') => `
model tiny {
  width = 6
  word = lookup(tokens, 30, width, padding = 0)
  plain = linear(word, 4, bias = none)
  biased = linear(word, 4)
  scores = linear(word.first, 3, axis = class, bias = none)
  logits = linear(word.first, 3, axis = class)
}
teacher T : tiny { }
student S : tiny { }
/// Relational distillation (Park et al. 2019): distances of pairs and angles of triples of examples.
def difference(x) = across(x, over = example) - x
def distance(x) = sqrt(sum(difference(x)^2, over = unit) + 1e-6)
def direction(x) = difference(x) / sqrt(sum(difference(x)^2, over = unit) + 1e-6)
def angle(x) = dot(direction(x), across(direction(x), over = example'))
def gram(x) = dot(x, x, over = unit, pair = example)
${more}
loss tested = ${loss}
stage s { minimize tested }`

function evaluated(loss: string) {
  const program = programOf({ text: spec(loss) })
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const prepared = prepare(program, stage, undefined, 1)
  const batch = batchOf([5, 3, 4], { vocabulary: 30, classes: 3 })
  const run = () =>
    evaluateBatch(prepared, [batch], { seed: 0, stage: 's', step: 1 }, { progress: 0, step: 1, epoch: 0 })
  return { ...prepared, run }
}

describe('linear maps without bias', () => {
  it.each([
    ['mse(S.plain, T.plain)', 'mse(S.biased, T.biased)', 'plain', 'biased'],
    ['kl(S.scores, T.scores)', 'kl(S.logits, T.logits)', 'scores', 'logits'],
  ])('%s is the one with a bias of zero', (without, having, name, other) => {
    const [a, b] = [evaluated(without), evaluated(having)]
    for (const owner of ['S', 'T']) {
      b.store.assign(`${owner}.${other}.weight`, a.store.get(`${owner}.${name}.weight`).data)
      b.store.edit(`${owner}.${other}.bias`, (data) => data.fill(0))
      b.store.assign(`${owner}.word.weight`, a.store.get(`${owner}.word.weight`).data)
    }
    const [first, second] = [a.run(), b.run()]
    expect(first.total).toBeGreaterThan(0)
    expect(first.total).toBeCloseTo(second.total, 10)
    const [x, y] = [first.gradients.get(`S.${name}.weight`), second.gradients.get(`S.${other}.weight`)]
    expect(Array.from(x ?? [])).toEqual(Array.from(y ?? []))
  })
})

describe('relations between examples', () => {
  it.each([
    'mse(distance(S.word.first), distance(T.word.first))',
    'mse(angle(S.word.first), angle(T.word.first))',
    'mse(gram(S.word.first), gram(T.word.first))',
    'cross_entropy(S.logits, smooth(batch.label, 10%), weights = [1, 2, 3])',
  ])('%s', (loss) => {
    const { store, run } = evaluated(loss)
    const { total, gradients } = run()
    expect(total).toBeGreaterThan(0)
    const key = 'S.word.weight'
    const gradient = gradients.get(key) ?? new Float32Array()
    const start = store.get(key).data.slice()
    // Row 0 is padding: its lookup passes no gradient.
    expect(Array.from(gradient.subarray(0, 6))).toEqual([0, 0, 0, 0, 0, 0])
    const direction = Float64Array.from(start, (_, i) => (i < 6 ? 0 : random(i + 5) - 0.5))
    const moved = (by: number) => {
      const at = start.map((x, i) => x + by * (direction[i] ?? 0))
      store.assign(key, at)
      return { value: run().total, at }
    }
    const [up, down] = [moved(1e-3), moved(-1e-3)]
    const expected = up.value - down.value
    const along = gradient.reduce((sum, g, i) => sum + g * ((up.at[i] ?? 0) - (down.at[i] ?? 0)), 0)
    expect(Math.abs(along)).toBeGreaterThan(0)
    expect(Math.abs(along - expected)).toBeLessThanOrEqual(1e-3 * Math.abs(expected) + 1e-8)
  })
})
