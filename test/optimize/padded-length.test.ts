/** Which losses follow from how far a batch is padded: their parts are padded as the whole is, those of all others to their own longest texts. */
import { expect, it } from 'vitest'
import { compileStage } from '../../src/lower/stage.ts'
import { libraryFunctions } from '../lower/library-calls.ts'
import { programOf } from '../lower/spec-run.ts'

const root = new URL('../..', import.meta.url).pathname
const names = libraryFunctions().map(({ name }) => name)

/** Whether the stages of a spec read padding, by name. */
function readsPadding(spec: Parameters<typeof programOf>[0]): Record<string, boolean> {
  const program = programOf(spec)
  return Object.fromEntries(
    program.stages.map((stage) => [
      stage.name,
      compileStage(program, stage, { keepUnread: true }).readsPadding,
    ]),
  )
}

const small = 'vocabulary = 40, positions = 16, layers = 1, hidden_size = 8, heads = 2'
const models = `
import { bert_base } from "std/bert.distill"
import { classifier, masked_lm, span } from "std/heads.distill"
import { mobilebert } from "std/mobilebert.distill"
import { ${names.join(', ')} } from "std/losses.distill"
model small = bert_base with { ${small} }
model neighbours = mobilebert with { ${small}, embedding_size = 4, inner_size = 8, intermediate_size = 8 }
teacher T : small { heads { task = classifier(3), mlm = masked_lm(), qa = span() } }
student S : small { heads { task = classifier(3), mlm = masked_lm(), qa = span() } }
student N : neighbours {}
`

it.each([
  'mse(S.hidden[1], T.hidden[1])',
  'soften(S.task.logits, T.task.logits)',
  'kl(S.qa.start, T.qa.start)',
  'cross_entropy(S.mlm.logits, batch.original) where masked',
  'mse(S.hidden[1], T.hidden[1]) where first_piece',
  'minilm_attention(S.scores[1], T.scores[1])',
  'minilm_values(S.value[1], T.value[1])',
  'fsp(S.hidden[0], S.hidden[1], T.hidden[0], T.hidden[1])',
  'nst_mmd(S.hidden[0], S.hidden[1], T.hidden[0], T.hidden[1])',
  'mean(max(S.hidden[1], over = token) - min(T.hidden[1], over = token))',
  'mean(variance(S.hidden[1], over = token) * size(S.hidden[1], token))',
  'mse(softmax(S.scores[1]) @ S.value[1], T.value[1])',
  'feature_map_transfer(N.hidden[1], T.hidden[1])',
  'rkd_distance(S.pooler, T.pooler)',
])('%s does not read padding', (loss) => {
  expect(readsPadding({ text: `${models}stage s { minimize ${loss} }` })).toEqual({ s: false })
})

it.each([
  'mse(S.hidden[1], T.hidden[1]) where any',
  'tinybert_attention(S.scores[1], T.scores[1])',
  'attention_ce(S.scores[1], T.scores[1])',
  'kl(S.qa.start, T.qa.start) where any',
  '(mse(S.hidden[1], T.hidden[1]) where any) within example',
  'mean(max(S.hidden[1], over = token)) where any',
  'mean(size(S.hidden[1], token) * S.pooler) where any',
  'mse(shift(S.hidden[1], -1), shift(T.hidden[1], -1))',
])('%s reads padding', (loss) => {
  expect(readsPadding({ text: `${models}stage s { minimize ${loss} }` })).toEqual({ s: true })
})

it('of the published specs, what TinyBERT averages over padding rows', () => {
  const tinybert = readsPadding({ path: `${root}specs/tinybert-4.distill` })
  expect(tinybert).toEqual({ general: true, intermediate: true, prediction: false })
  expect(Object.values(readsPadding({ path: `${root}specs/distilbert.distill` }))).toEqual([false])
})
