import { describe, expect, it } from 'vitest'
import { evaluateBatch } from '../../src/train/step.ts'
import { batchOf, prepare, programOf, random } from './spec-run.ts'

/**
 * A loss that nobody has published, written only here and only in the language: its gradient through a whole student, by the compiler, against
 * central differences of its value in float64.
 */
const spec = `
import { bert_base } from "std/bert.distill"
import { masked_lm } from "std/heads.distill"
import { relation } from "std/losses.distill"

model large = bert_base with { vocabulary = 40, positions = 12, layers = 4, hidden_size = 12, heads = 2 }
model small = large with { layers = 2, hidden_size = 8, embedding_size = 6, share layer[*].attention in 1 group }

teacher T : large { heads { mlm = masked_lm(tied = embedding.word) } }
student S : small { heads { mlm = masked_lm(tied = embedding.word) } }
map g : small -> large = uniform
projection W[m] for m in 0..S.layers : small.hidden_size -> large.hidden_size = tanh

/// How far apart the spread of two states is, softly cut, and each text counted once.
def spread(x) = sqrt(variance(x, over = unit) + 1e-3)
def wander(s, t) = mean(abs(spread(s) - spread(t)) ^ 1.5 / (1 + mean(s ^ 2, over = unit))) per token within example
loss drift = sum m in 0..S.layers { wander(W[m](S.hidden[m]), T.hidden[g(m)]) }
loss shape = kl(relation(S.value[1]), relation(constant(T.key[2]))) per (head, token) where first_piece
loss words = cross_entropy(S.mlm.logits, softmax(T.mlm.logits / (2 - progress))) where masked
loss pull  = cosine_distance(W[1](S.hidden[1].first), T.hidden[2].first) + mse(max(S.hidden[2], 0.1), min(S.hidden[1], exp(S.hidden[2] / 4)))

stage own { minimize 2 * drift + (1 + progress) * shape + words + 0.5 * pull }
`

describe('a loss of the test alone', () => {
  const program = programOf({ text: spec })
  const stage = program.stages[0]
  if (!stage) throw new Error('no stage')
  const prepared = prepare(program, stage, undefined, 0.9)
  const batch = batchOf([7, 4, 9], { vocabulary: 40, classes: 2 })
  const moment = { progress: 0.25, step: 1, epoch: 0 }
  const key = { seed: 0, stage: 'own', step: 1 }
  const value = (): number => evaluateBatch(prepared, [batch], key, moment).total
  const { gradients, terms } = evaluateBatch(prepared, [batch], key, moment)

  it('has terms that are all alive', () => {
    for (const [name, term] of terms)
      expect([name, Number.isFinite(term) && term !== 0]).toEqual([name, true])
  })

  it.each(stage.trained)('d / d %s', (parameter) => {
    const start = prepared.store.get(parameter).data.slice()
    const gradient = gradients.get(parameter) ?? new Float32Array()
    // Along a random direction. Weights are float32, so the difference is taken between the values that they really take.
    const direction = Float64Array.from(start, (_, i) => random(i + 17) - 0.5)
    const move = (by: number): { total: number; at: Float32Array } => {
      const at = start.map((x, i) => x + by * (direction[i] ?? 0))
      prepared.store.assign(parameter, at)
      const total = value()
      prepared.store.assign(parameter, start)
      return { total, at }
    }
    const [up, down] = [move(1e-3), move(-1e-3)]
    let predicted = 0
    gradient.forEach((g, i) => {
      predicted += g * ((up.at[i] ?? 0) - (down.at[i] ?? 0))
    })
    const difference = up.total - down.total
    expect(Math.abs(difference - predicted)).toBeLessThan(2e-3 * Math.abs(difference) + 2e-7)
  })
})
