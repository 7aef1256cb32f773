import { describe, expect, it } from 'vitest'
import { splitMicrobatches } from '../../src/data/batching.ts'
import type { Batch } from '../../src/data/dataset.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { batchOf, prepare, programOf } from './spec-run.ts'

/** What may not change a loss: more padding, the order of a batch, micro-batches, an empty mask. Each is a rule of the language. */
const models = `
import { bert_base } from "std/bert.distill"
import { masked_lm, classifier, span } from "std/heads.distill"
import { soften, minilm_values, tinybert_attention, fsp, nst_mmd, pkd, attention_ce } from "std/losses.distill"
model large = bert_base with { vocabulary = 40, positions = 24, layers = 2, hidden_size = 12, heads = 2 }
model small = large with { layers = 1, pooler = mean(output, over = token) }
teacher T : large { heads { mlm = masked_lm(tied = embedding.word), task = classifier(3), qa = span() } }
student S : small { heads { mlm = masked_lm(tied = embedding.word), task = classifier(3), qa = span() } }
`
const losses = {
  'hidden mse': 'mse(S.hidden[1], T.hidden[2])',
  'hidden mse, masked': 'mse(S.hidden[1], T.hidden[2]) where masked',
  'first pieces per token': 'cosine_distance(S.hidden[1], T.hidden[2]) per token where first_piece',
  'soft logits': 'soften(S.mlm.logits, T.mlm.logits, temperature = 2)',
  'masked words': 'cross_entropy(S.mlm.logits, batch.original) where masked',
  labels: 'cross_entropy(S.task.logits, smooth(batch.label, 10%))',
  spans: 'soften(S.qa.start, T.qa.start) + cross_entropy(S.qa.end, batch.end)',
  scores: 'mse(S.scores[1], T.scores[2])',
  'attention ce': 'attention_ce(S.scores[1], T.scores[2])',
  'values within a text': 'minilm_values(S.value[1], T.value[2])',
  flows: 'fsp(S.hidden[0], S.hidden[1], T.hidden[1], T.hidden[2])',
  similarities: 'nst_mmd(S.hidden[0], S.hidden[1], T.hidden[1], T.hidden[2])',
  patient: 'pkd(S.hidden[1], T.hidden[2])',
  'spread over the text':
    'mean(variance(S.hidden[1], over = token) * size(S.hidden[1], token)) + mean(max(S.hidden[1], over = token))',
}
const random = { seed: 0, stage: 's', step: 3 }
const moment = { progress: 0, step: 3, epoch: 0 }

function stageOf(loss: string, training = false) {
  const program = programOf({ text: `${models}\nstage s { minimize ${loss} }` })
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const prepared = prepare(program, stage, undefined, 0.5)
  return training ? { ...prepared, graphs: compileStage(program, stage) } : prepared
}

function evaluate(prepared: ReturnType<typeof stageOf>, batches: readonly Batch[]) {
  const { total, gradients } = evaluateBatch(prepared, batches, random, moment)
  return { total, gradient: [...gradients.values()].flatMap((g) => [...g]) }
}

function expectEqual(a: ReturnType<typeof evaluate>, b: ReturnType<typeof evaluate>, tolerance = 1e-9): void {
  expect(Number.isFinite(a.total)).toBe(true)
  expect(Math.abs(a.total - b.total)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(a.total)))
  const size = Math.sqrt(a.gradient.reduce((sum, g) => sum + g * g, 0))
  const apart = Math.sqrt(a.gradient.reduce((sum, g, i) => sum + (g - (b.gradient[i] ?? Number.NaN)) ** 2, 0))
  // Gradients leave the evaluator as float32.
  expect(apart).toBeLessThanOrEqual(3e-7 * size + 1e-12)
}

describe.each(Object.entries(losses))('%s', (_, loss) => {
  const lengths = [7, 4, 10, 5]
  const options = { vocabulary: 40, classes: 3 }
  const prepared = stageOf(loss)
  const plain = evaluate(prepared, [batchOf(lengths, options)])

  it('is the same with more padding', () => {
    expectEqual(plain, evaluate(prepared, [batchOf(lengths, { ...options, L: 15 })]))
  })

  it('is the same in another order', () => {
    expectEqual(plain, evaluate(prepared, [batchOf([5, 10, 7, 4], { ...options, ids: [3, 2, 0, 1] })]))
  })

  it('is the same in micro-batches, of any size and length', () => {
    for (const size of [1, 2, 3]) {
      expectEqual(plain, evaluate(prepared, splitMicrobatches(batchOf(lengths, options), size)))
    }
  })

  it('is the same with dropout, whatever the batch looks like', () => {
    const trained = stageOf(loss, true)
    const whole = evaluate(trained, [batchOf(lengths, options)])
    if (/S\./.test(loss)) expect(whole.total).not.toBe(plain.total)
    expectEqual(whole, evaluate(trained, [batchOf([5, 10, 7, 4], { ...options, L: 13, ids: [3, 2, 0, 1] })]))
    expectEqual(whole, evaluate(trained, splitMicrobatches(batchOf(lengths, options), 2)))
  })
})

describe('a mask that selects nothing', () => {
  it.each([
    'mse(S.hidden[1], T.hidden[2]) where masked',
    'cross_entropy(S.mlm.logits, batch.original) where masked',
    '(mse(S.hidden[1], T.hidden[2]) where masked) within example',
  ])('%s is 0, with a gradient of 0', (loss) => {
    const batch = batchOf([5, 3], { vocabulary: 40, classes: 3 })
    const inputs = new Map(batch.inputs)
    inputs.set('masked', { dtype: 'bool', shape: [2, 5], data: new Uint8Array(10) })
    const { total, gradient } = evaluate(stageOf(loss), [{ ...batch, inputs }])
    expect(total).toBe(0)
    expect(gradient.every((g) => g === 0)).toBe(true)
  })
})

describe('where any', () => {
  it('reads padding, as published TinyBERT does', () => {
    const prepared = stageOf('mse(S.hidden[1], T.hidden[2]) where any')
    const short = evaluate(prepared, [batchOf([4, 2], { vocabulary: 40, classes: 3 })])
    const long = evaluate(prepared, [batchOf([4, 2], { vocabulary: 40, classes: 3, L: 9 })])
    expect(Math.abs(short.total - long.total)).toBeGreaterThan(1e-3)
  })
})

describe('MobileBERT, whose tokens read their neighbours', () => {
  const program = programOf({
    text: `
import { ib_bert_large, mobilebert } from "std/mobilebert.distill"
import { attention_transfer, feature_map_transfer } from "std/losses.distill"
model large = ib_bert_large with { vocabulary = 40, positions = 24, layers = 2, heads = 2, hidden_size = 12, embedding_size = 3, inner_size = 16, intermediate_size = 20 }
model small = mobilebert with { vocabulary = 40, positions = 24, layers = 2, heads = 2, hidden_size = 12, embedding_size = 3, inner_size = 8, intermediate_size = 10 }
teacher T : large { }
student S : small { }
stage s { minimize feature_map_transfer(S.hidden[2], T.hidden[2]) + attention_transfer(S.scores[1], T.scores[1]) }`,
  })
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const written = prepare(program, stage, undefined, 0.5)
  const options = { vocabulary: 40, classes: 3 }
  const plain = evaluate(
    { ...written, graphs: compileStage(program, stage, { dropout: false, passes: 'none' }) },
    [batchOf([7, 4, 10, 5], options)],
  )
  it('does not see more padding, the order of the batch, or micro-batches', () => {
    expectEqual(plain, evaluate(written, [batchOf([7, 4, 10, 5], { ...options, L: 15 })]))
    expectEqual(plain, evaluate(written, [batchOf([5, 10, 7, 4], { ...options, ids: [3, 2, 0, 1] })]))
    expectEqual(plain, evaluate(written, splitMicrobatches(batchOf([7, 4, 10, 5], options), 2)))
  })
})
