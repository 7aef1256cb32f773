import { describe, expect, it } from 'vitest'
import { evaluateBatch, runSteps } from '../../src/train/step.ts'
import { batchOf, prepare, programOf } from './spec-run.ts'

/**
 * Temperatures and weights that follow the stage, several teachers, class weights, smoothed labels, and rates by layer: what they mean, by value, to
 * what float32 constants leave of it.
 */
const models = `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
model large = bert_base with { vocabulary = 40, positions = 12, layers = 3, hidden_size = 12, heads = 2 }
model small = large with { layers = 2, hidden_size = 8 }
teacher T : large { heads { task = classifier(3) } }
teacher U : large { heads { task = classifier(3) } }
student S : small { heads { task = classifier(3) } }
`
const batch = batchOf([7, 4, 9, 5, 6], { vocabulary: 40, classes: 3 })
const start = (stage: string) => {
  const program = programOf({ text: models + stage })
  const [first] = program.stages
  if (!first) throw new Error('no stage')
  return prepare(program, first, undefined, 0.9)
}
function value(loss: string, progress = 0): number {
  const prepared = start(`stage s { minimize ${loss} }`)
  const key = { seed: 0, stage: 's', step: 1 }
  return evaluateBatch(prepared, [batch], key, { progress, step: 1, epoch: 0 }).total
}

describe('numbers that follow the stage', () => {
  it.each([0, 0.25, 0.9])('temperatures and weights at %d', (progress) => {
    const falling = value('soften(S.task.logits, T.task.logits, temperature = 4 - 3 * progress)', progress)
    expect(falling).toBeCloseTo(
      value(`soften(S.task.logits, T.task.logits, temperature = ${4 - 3 * progress})`),
      7,
    )
    const [soft, hard] = ['soften(S.task.logits, T.task.logits)', 'cross_entropy(S.task.logits, batch.label)']
    const mixed = value(`(1 - progress) * ${soft} + progress * ${hard}`, progress)
    expect(mixed).toBeCloseTo((1 - progress) * value(soft) + progress * value(hard), 7)
  })
})

describe('several teachers', () => {
  it('as terms with weights', () => {
    const [one, other] = ['kl(S.task.logits, T.task.logits)', 'kl(S.task.logits, U.task.logits)']
    expect(value(`0.25 * ${one} + 0.75 * ${other}`)).toBeCloseTo(0.25 * value(one) + 0.75 * value(other), 7)
  })
  it('as one distribution: the cross-entropy against a mean is the mean of cross-entropies', () => {
    const against = (target: string) => value(`cross_entropy(S.task.logits, ${target})`)
    const [t, u] = ['softmax(T.task.logits)', 'softmax(U.task.logits)']
    expect(against(`(${t} + ${u}) / 2`)).toBeCloseTo((against(t) + against(u)) / 2, 7)
  })
})

describe('labels', () => {
  const hard = (more = '') => value(`cross_entropy(S.task.logits, batch.label${more})`)
  it('class weights weigh the examples of a class, divided by their number', () => {
    const parts = ['[1, 0, 0]', '[0, 1, 0]', '[0, 0, 1]'].map((weights) => hard(`, weights = ${weights}`))
    const [a = 0, b = 0, c = 0] = parts
    expect(Math.min(...parts)).toBeGreaterThan(0)
    expect(a + b + c).toBeCloseTo(hard(), 7)
    expect(hard(', weights = [1, 2, 5]')).toBeCloseTo(a + 2 * b + 5 * c, 7)
  })
  it('class weights with known logits: by the number of examples, and as PyTorch by the sum of their weights', () => {
    const define =
      'def as_pytorch(s, t, w) = cross_entropy(s, t, weights = w) / cross_entropy(constant(0 * s), t, weights = w) * log(size(s, class))'
    const of = (loss: string): number => {
      const prepared = start(`${define}\nstage s { minimize ${loss} }`)
      // Logits 0.5, -1 and 2 whatever the text is: losses 1.741311, 3.241311 and 0.241311 by class.
      prepared.store.edit('S.task.logits.weight', (data) => data.fill(0))
      prepared.store.edit('S.task.logits.bias', (data) => data.set([0.5, -1, 2]))
      const label = { dtype: 'i32', shape: [5], data: Int32Array.of(0, 1, 1, 2, 2) } as const
      const labelled = { ...batch, inputs: new Map(batch.inputs).set('batch.label', label) }
      const key = { seed: 0, stage: 's', step: 1 }
      return evaluateBatch(prepared, [labelled], key, { progress: 0, step: 1, epoch: 0 }).total
    }
    // (1 * 1.741311 + 2 * 2 * 3.241311 + 5 * 2 * 0.241311) / 5, and over 1 + 2 * 2 + 5 * 2
    expect(of('cross_entropy(S.task.logits, batch.label, weights = [1, 2, 5])')).toBeCloseTo(3.423933, 5)
    expect(of('as_pytorch(S.task.logits, batch.label, [1, 2, 5])')).toBeCloseTo(1.141311, 5)
    expect(of('as_pytorch(S.task.logits, batch.label, [1, 1, 1])')).toBeCloseTo(
      of('cross_entropy(S.task.logits, batch.label)'),
      6,
    )
  })
  it('smoothing mixes the label with all classes alike', () => {
    const smoothed = (share: string) => value(`cross_entropy(S.task.logits, smooth(batch.label, ${share}))`)
    const uniform = value('mean(-log_softmax(S.task.logits))')
    expect(smoothed('0%')).toBeCloseTo(hard(), 7)
    expect(smoothed('100%')).toBeCloseTo(uniform, 7)
    expect(smoothed('10%')).toBeCloseTo(0.9 * hard() + 0.1 * uniform, 7)
  })
})

it('rates by layer: `except` binds the number of the layer', () => {
  const prepared = start(`stage s {
    minimize cross_entropy(S.task.logits, batch.label)
    optimizer = sgd(rate = 0.5) except [S.embedding] { rate = 0 } except [S.layer[m]] { rate = 0.5 * 0.1 ^ (S.layers - m) }
  }`)
  const { store, stage } = prepared
  const before = store.snapshot(stage.trained)
  const { gradients } = runSteps(prepared, [batch], 1)
  for (const key of stage.trained) {
    const rate = key.startsWith('S.embedding') ? 0 : key.startsWith('S.layer[1]') ? 0.05 : 0.5
    const gradient = gradients.get(key) ?? new Float32Array()
    expect(gradient.length, key).toBeGreaterThan(0)
    store.get(key).data.forEach((now, i) => {
      expect(now, key).toBeCloseTo((before.get(key)?.[i] ?? Number.NaN) - rate * (gradient[i] ?? 0), 6)
    })
  }
})
