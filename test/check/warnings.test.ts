import { describe, expect, test } from 'vitest'
import { check, preamble } from './spec-text.ts'

/** What a spec may say but seldom means: the spec is a program all the same, and there is a way to write it without a warning. */
const warned = (spec: string): readonly string[] => {
  const { program, codes, rendered } = check(`${preamble}\n${spec}`)
  expect(program, rendered).toBeDefined()
  for (const line of rendered.match(/^\w+\[E\d+\]/gm) ?? []) expect(line).toMatch(/^warning/)
  return codes
}

describe('a target of some tokens', () => {
  const models = `
import { token_classifier } from "std/heads.distill"
student W : small { heads { mlm = masked_lm(tied = embedding.word), ner = token_classifier(3) } }`
  test.each([
    ['cross_entropy(W.mlm.logits, batch.original)', true],
    ['cross_entropy(W.mlm.logits, smooth(batch.original, 10%))', true],
    ['cross_entropy(W.mlm.logits, batch.original) per token', true],
    ['cross_entropy(W.mlm.logits, batch.original) where masked', false],
    ['cross_entropy(W.mlm.logits, batch.original) where attended', false],
    ['cross_entropy(W.ner.logits, batch.tags)', true],
    ['cross_entropy(W.ner.logits, batch.tags) where first_piece', false],
    ['cross_entropy(W.ner.logits, batch.tags) where any', false],
    ['cross_entropy(S.task.logits, batch.label)', false],
  ])('%s', (loss, warns) => {
    expect(warned(`${models}\nstage s { minimize ${loss} }`)).toEqual(warns ? ['E0679'] : [])
  })

  test('in a function, whose call may have the mask', () => {
    const words = `${models}\ndef words(s) = cross_entropy(s, batch.original)`
    expect(warned(`${words}\nstage s { minimize words(W.mlm.logits) where masked }`)).toEqual([])
    expect(warned(`${words}\nstage s { minimize words(W.mlm.logits) }`)).toEqual(['E0679'])
  })
})
