import { describe, expect, test } from 'vitest'
import { check, preamble } from './spec-text.ts'

/** The codes of a loss between the usual teacher T and student S. */
function codes(loss: string): readonly string[] {
  const library =
    'import { attention_ce, logit_mse, soft_cross_entropy, tinybert_attention } from "std/losses.distill"\n'
  return check(`${library}${preamble}
def other(x) = exp(x)
loss tested = ${loss}
stage s { minimize tested }`).codes
}
const [s, t] = ['S.task.logits', 'T.task.logits']

describe('targets that cross_entropy takes', () => {
  test.each([
    `softmax(${t})`,
    `softmax(2 * ${t} / 3)`,
    `constant(softmax(${t}))`,
    `exp(log_softmax(${t}))`,
    `exp(log(softmax(${t})))`,
    `mean m in 1..3 { softmax(m * ${t}) }`,
    `0.1 * softmax(${t}) + 20% * softmax(2 * ${t}) + 0.7 * softmax(${s})`,
    `progress * softmax(${t}) + (1 - progress) * softmax(${s})`,
    `softmax(${t}) ^ 2 / sum(softmax(${t}) ^ 2, over = class)`,
    `other(${t}) / max(sum(other(${t}), over = class), 1e-9)`,
    `smooth(batch.label, 10%)`,
    `as_probabilities(other(${t}))`,
    'batch.label',
  ])('%s', (target) => {
    expect(codes(`cross_entropy(${s}, ${target})`)).toEqual([])
  })
  test('over heads, tokens and examples they stay probabilities', () => {
    expect(codes('cross_entropy(S.scores[1], softmax(T.scores[1]))')).toEqual([])
    expect(
      codes('cross_entropy(mean(S.scores[1], over = head), mean(T.probabilities[1], over = head))'),
    ).toEqual([])
    const rollout = 'mean(T.probabilities[1], over = head) @ mean(T.probabilities[2], over = head)'
    expect(codes(`cross_entropy(mean(S.scores[1], over = head), ${rollout})`)).toEqual([])
  })
})

describe('targets that it refuses', () => {
  test.each([
    t,
    `2 * ${t}`,
    `${t} / 3 + ${s}`,
    `mean m in 1..2 { m * ${t} }`,
    `log_softmax(${t})`,
    `0.5 * softmax(${t})`,
    `progress * softmax(${t}) + progress * softmax(${s})`,
    `softmax(${t}) ^ 2`,
    `1 - softmax(${t})`,
    `other(${t})`,
    `as_probabilities(${t})`,
  ])('%s', (target) => {
    expect(codes(`cross_entropy(${s}, ${target})`)).toEqual(['E0374'])
  })
  test('attention scores, and probabilities over another axis', () => {
    expect(codes('cross_entropy(S.scores[1], T.scores[1])')).toEqual(['E0374'])
    expect(codes('cross_entropy(S.scores[1], T.probabilities[1], over = head)')).toEqual(['E0374'])
    const { rendered } = check(
      `${preamble}\nloss l = cross_entropy(S.scores[1], T.probabilities[1], over = head)`,
    )
    expect(rendered).toContain('softmax(T.probabilities[1], over = head)')
  })
})

describe('probabilities where logits are wanted', () => {
  test.each([
    `kl(softmax(${s}), ${t})`,
    `kl(${s}, softmax(${t}) / 2)`,
    `kl(${s}, (softmax(${t}) + softmax(2 * ${t})) / 2)`,
    `cross_entropy(softmax(${s}), batch.label)`,
    `mean(softmax(softmax(${s})))`,
    `soften(${s}, softmax(${t}), temperature = 2)`,
    `soft_cross_entropy(${s}, softmax(${t}))`,
    `logit_mse(softmax(${s}), softmax(${t}))`,
    'attention_ce(S.probabilities[1], T.probabilities[1])',
    'tinybert_attention(S.probabilities[1], T.probabilities[1])',
  ])('%s', (loss) => {
    expect(codes(loss)).toEqual(['E0316'])
  })
  test.each([
    `kl(${s}, log(softmax(${t})))`,
    `kl(${s}, log((softmax(${t}) + softmax(2 * ${t})) / 2))`,
    `kl(log_softmax(${s}), ${t})`,
    `mean(softmax(S.probabilities[1], over = head))`,
  ])('but not %s', (loss) => {
    expect(codes(loss)).toEqual([])
  })
})

describe('what mse and cosine_distance compare', () => {
  test.each([
    `mse(${s}, softmax(${t}))`,
    `mse(softmax(${s}), ${t} / 2)`,
    `cosine_distance(${s}, softmax(${t}), over = class)`,
  ])('%s is refused', (loss) => {
    expect(codes(loss)).toEqual(['E0375'])
  })
  test.each([
    `mse(${s}, ${t} / 2)`,
    `mse(softmax(${s}), softmax(${t}))`,
    'mse(S.probabilities[1], T.probabilities[1])',
    `mse(normalize(${s}, over = class), normalize(${t}, over = class))`,
  ])('%s is right', (loss) => {
    expect(codes(loss)).toEqual([])
  })
})
