/** Which positions a loss is said to read: those that it sums over, and those that something inside it mixes. */
import { describe, expect, it } from 'vitest'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { printReport } from '../../src/explain/print.ts'
import { reportSpec } from '../../src/explain/report.ts'
import { programOf } from '../lower/spec-run.ts'

const backend = { name: 'cpu', capabilities: new Set<string>() }

/** Of the one loss of a stage: what stands in the column of masks, and what the report has. */
function told(loss: string) {
  const program = programOf({
    text: `
import { bert_base } from "std/bert.distill"
import { classifier, span } from "std/heads.distill"
import { attention_ce, fsp, minilm_attention, soften } from "std/losses.distill"
data d {
  train = "train.json", text = [column("question"), column("context")], label = span(stride = 8, question = 6)
  tokenizer = wordpiece(size = 8000), max_length = 24
}
model small = bert_base with { vocabulary = d.vocabulary, layers = 1, hidden_size = 8, heads = 2 }
teacher T : small { heads { qa = span(), task = classifier(3) } }
student S : small { heads { qa = span(), task = classifier(3) } }
loss one = ${loss}
stage distil { minimize one, data = d, budget = 1 epoch, batch = 4, optimizer = adam(rate = 1e-4) }`,
  })
  const report = reportSpec(program, { files: filesOnDisk, passes: 'none', backend })
  const lines = printReport(report).split('\n')
  const above = lines.find((line) => line.startsWith('    term')) ?? ''
  const below = lines[lines.indexOf(above) + 1] ?? ''
  const [term] = report.stages.distil?.terms ?? []
  return {
    mask: below.slice(above.indexOf('mask'), above.indexOf('divided')).trim(),
    masks: term?.masks,
    mixed: term?.mixed,
  }
}

describe('the mask of a term', () => {
  it('is that of its classes, where they are tokens', () => {
    const start = 'soften(S.qa.start, T.qa.start, temperature = 2)'
    expect(told(start)).toEqual({
      mask: 'attended (classes)',
      masks: [],
      mixed: [{ mask: 'attended', over: 'token', by: 'kl' }],
    })
    expect(told(`${start} where any`).mask).toBe('any (classes)')
    const hard = told('cross_entropy(S.qa.start, batch.start) where any')
    expect(hard.mask).toBe('any (classes)')
    expect(hard.mixed).toEqual([{ mask: 'any', over: 'token', by: 'cross_entropy' }])
    const soft = told('cross_entropy(S.qa.end, softmax(T.qa.end)) where any')
    expect(soft.mask).toBe('any (classes)')
    expect(soft.mixed?.map(({ by }) => by)).toEqual(['cross_entropy', 'softmax'])
  })

  it('tells what is mixed otherwise, by what mixes it', () => {
    const flow = 'fsp(S.hidden[0], S.hidden[1], T.hidden[0], T.hidden[1])'
    expect(told(flow)).toMatchObject({ mask: 'attended (dot)', masks: [] })
    expect(told(`${flow} where any`)).toMatchObject({
      mask: 'any (dot)',
      mixed: [
        { mask: 'any', over: 'token', by: 'dot' },
        { mask: 'any', over: 'token', by: 'size' },
      ],
    })
    const last = 'attention_ce(S.scores[1], T.scores[1])'
    expect(told(last)).toMatchObject({ mask: 'attended, any (softmax)', masks: ['attended'] })
    expect(told('mean(max(S.hidden[1], over = token)) where any').mask).toBe('any (max)')
  })

  it('is told once where what is summed and what is mixed are the same', () => {
    expect(told('minilm_attention(S.scores[1], T.scores[1])')).toMatchObject({
      mask: 'attended',
      masks: ['attended'],
      mixed: [{ mask: 'attended', over: "token'", by: 'kl' }],
    })
  })

  it('is none where no position is read, whatever the models below mix', () => {
    expect(told('soften(S.task.logits, T.task.logits)')).toEqual({ mask: '-', masks: [], mixed: [] })
    expect(told('mse(S.pooler, T.pooler)')).toEqual({ mask: '-', masks: [], mixed: [] })
  })
})
