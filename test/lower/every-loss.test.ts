import { describe, expect, it } from 'vitest'
import { evaluateBatch } from '../../src/train/step.ts'
import { libraryFunctions } from './library-calls.ts'
import { batchOf, prepare, programOf, random } from './spec-run.ts'

/**
 * Every loss of std/losses.distill, and every primitive, through a whole student: embeddings, attention, projections and heads. The gradient that
 * the compiler derives, along a random direction of all trained weights, against central differences of the loss in float64. And padding changes neither.
 */
const library = 'std/losses.distill'
const losses: Readonly<Record<string, string>> = {
  mse: 'mse(W(S.hidden[1]), T.hidden[2])',
  kl: 'kl(S.mlm.logits, T.mlm.logits)',
  cross_entropy: 'cross_entropy(S.mlm.logits, batch.original) where masked',
  'smoothed labels': 'cross_entropy(S.task.logits, smooth(batch.label, 10%))',
  'class weights': 'cross_entropy(S.task.logits, batch.label, weights = [1, 2, 5])',
  spans: '(cross_entropy(S.qa.start, batch.start) + cross_entropy(S.qa.end, batch.end)) / 2',
  'sentence order': 'cross_entropy(S.order.logits, batch.order)',
  cosine_distance: 'cosine_distance(W(S.hidden[2]), T.hidden[4])',
  soften: 'soften(S.task.logits, T.task.logits, temperature = 4 - 3 * progress)',
  soft_cross_entropy: 'soft_cross_entropy(S.task.logits, T.task.logits, temperature = 3)',
  logit_mse: 'logit_mse(S.mlm.logits, T.mlm.logits, temperature = 2) per token',
  tinybert_prediction: 'tinybert_prediction(S.task.logits, T.task.logits)',
  pkd: 'pkd(W(S.hidden[1]), T.hidden[2])',
  fsp: 'fsp(W(S.hidden[0]), W(S.hidden[2]), T.hidden[0], T.hidden[4])',
  nst_mmd: 'nst_mmd(S.hidden[0], S.hidden[2], T.hidden[0], T.hidden[4])',
  tinybert_attention: 'sum m in 1..2 { tinybert_attention(S.scores[m], T.scores[g(m)]) }',
  attention_mse: 'attention_mse(S.scores[1], T.scores[2])',
  attention_mse_sum: 'attention_mse_sum(S.scores[1], T.scores[2])',
  attention_ce: 'attention_ce(S.scores[1], T.scores[2])',
  attention_ce_mean: 'attention_ce_mean(S.scores[1], T.scores[2])',
  feature_map_transfer: 'feature_map_transfer(W(S.hidden[1]), T.hidden[2])',
  mean_transfer: 'mean_transfer(S.hidden[1], T.hidden[2])',
  variance_transfer: 'variance_transfer(S.hidden[1], T.hidden[2])',
  attention_transfer: 'attention_transfer(S.scores[2], T.scores[4])',
  minilm_attention: 'minilm_attention(S.scores[2], T.scores[4])',
  minilm_values: 'minilm_values(S.value[2], T.value[4])',
  minilm_relation: 'minilm_relation(S.query[2], T.query[3], 4)',
  smooth_l1: 'smooth_l1(3 * W(S.hidden[1]), T.hidden[2])',
  rkd_distance: '25 * rkd_distance(S.pooler, T.pooler)',
  rkd_angle: '50 * rkd_angle(S.pooler, T.pooler)',
  'several teachers': 'soften(S.task.logits, (T.task.logits + 2 * U.task.logits) / 3, temperature = 2)',
}
/** The one loss of the library that is `where any`, as published code has it. */
const readsPadding = 'tinybert_attention'
const spec = (loss: string) => `
import { bert_base } from "std/bert.distill"
import { masked_lm, classifier, span, sentence_order } from "std/heads.distill"
import { ${imported(loss).join(', ')} } from "${library}"
model large = bert_base with { vocabulary = 40, positions = 12, layers = 4, hidden_size = 12, heads = 2 }
model small = large with { layers = 2, hidden_size = 8 }
teacher T : large { heads { task = classifier(3), mlm = masked_lm() } }
teacher U : large { heads { task = classifier(3) } }
student S : small {
  heads { task = classifier(3), mlm = masked_lm(tied = embedding.word), qa = span(), order = sentence_order() }
}
map g : small -> large = uniform
projection W : small.hidden_size -> large.hidden_size = linear
loss tested = ${loss}
stage s { minimize tested }`

function imported(loss: string): string[] {
  const called = new Set(loss.match(/\w+(?=\()/g))
  const used = libraryFunctions().flatMap(({ name }) => (called.has(name) ? [name] : []))
  return used.length > 0 ? used : ['soften']
}

it('every loss of the library is here', () => {
  const all = libraryFunctions().flatMap(({ name, isLoss }) => (isLoss ? [name] : []))
  expect(all.length).toBeGreaterThan(15)
  expect(all.filter((name) => !(name in losses))).toEqual([])
})

describe.each(Object.entries(losses))('%s', (name, loss) => {
  const program = programOf({ text: spec(loss) })
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const prepared = prepare(program, stage, undefined, 0.9)
  const made = (L: number) => batchOf([7, 4, 9, 5], { vocabulary: 40, classes: 3, L })
  const evaluate = (batch = made(9)) =>
    evaluateBatch(prepared, [batch], { seed: 0, stage: 's', step: 1 }, { progress: 0.25, step: 1, epoch: 0 })
  const { total, gradients } = evaluate()

  it.each([1, 2])('its gradient is that of its values, in direction %i', (salt) => {
    expect(total).toBeGreaterThan(0)
    const { store } = prepared
    const starts = stage.trained.map((key) => [key, store.get(key).data.slice()] as const)
    const move = (by: number) => {
      const at = new Map<string, Float32Array>()
      for (const [key, start] of starts) {
        const moved = start.map((x, i) => x + by * (random(salt * 7919 + key.length * 104_729 + i) - 0.5))
        at.set(key, moved)
        store.assign(key, moved)
      }
      const value = evaluate().total
      for (const [key, start] of starts) store.assign(key, start)
      return { value, at }
    }
    const [up, down] = [move(5e-5), move(-5e-5)]
    // Weights are float32, so the step is the one that they really take.
    let along = 0
    for (const [key] of starts) {
      const [plus, minus] = [up.at.get(key), down.at.get(key)]
      gradients.get(key)?.forEach((g, i) => {
        along += g * ((plus?.[i] ?? 0) - (minus?.[i] ?? 0))
      })
    }
    const difference = up.value - down.value
    expect(Math.abs(along)).toBeGreaterThan(1e-8)
    expect(Math.abs(along - difference)).toBeLessThanOrEqual(1e-4 * Math.abs(difference) + 1e-11)
  })

  it(`${name === readsPadding ? 'reads' : 'does not see'} more padding`, () => {
    const padded = evaluate(made(12))
    const relative = Math.abs(padded.total - total) / (1 + Math.abs(total))
    if (name === readsPadding) {
      expect(relative).toBeGreaterThan(1e-3)
      return
    }
    expect(relative).toBeLessThanOrEqual(1e-9)
    expect([...padded.gradients.keys()]).toEqual([...gradients.keys()])
    let [size, apart] = [0, 0]
    for (const [key, gradient] of gradients) {
      const other = padded.gradients.get(key)
      gradient.forEach((g, i) => {
        size += g ** 2
        apart += (g - (other?.[i] ?? Number.NaN)) ** 2
      })
    }
    // Gradients leave the evaluator as float32.
    expect(Math.sqrt(apart)).toBeLessThanOrEqual(3e-7 * Math.sqrt(size) + 1e-12)
  })
})
