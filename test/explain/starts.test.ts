import { describe, expect, it } from 'vitest'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { printReport } from '../../src/explain/print.ts'
import { reportSpec } from '../../src/explain/report.ts'
import { programOf } from '../lower/spec-run.ts'

/** What explain says of initial values and of export. */
const text = `import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
data texts {
  train = "train.tsv", text = column("text"), label = class(column("label"), ["bad", "good"])
  tokenizer = wordpiece(size = 40), max_length = 8
}
model small = bert_base with { vocabulary = texts.vocabulary, positions = 8, layers = 1, hidden_size = 8, heads = 2, intermediate_size = 8 }
teacher F : small { weights = "nowhere", heads { task = classifier(texts.label) } }
student T : small { weights = F, heads { task = classifier(texts.label) } }
teacher K = T after learn
student S : small { weights = T, heads { task = classifier(texts.label, before = relu) } }
loss hard(X) = cross_entropy(X.task.logits, batch.label)
stage learn { minimize hard(T), data = texts, budget = 1 steps, batch = 2, optimizer = adam(rate = 1e-3) }
stage distil after learn { minimize hard(S) + mse(S.hidden[1], K.hidden[1]), data = texts, budget = 1 steps, batch = 2, optimizer = adam(rate = 1e-3) }
`
const report = reportSpec(programOf({ text }), {
  files: filesOnDisk,
  passes: { disabled: new Set() },
  backend: { name: 'cpu', capabilities: new Set() },
})

describe('explain', () => {
  it('says when each source of initial values is read, and what has trained it by then', () => {
    expect(printReport(report, { columns: 96 }).match(/^ {2}\S+ starts from .*/gm)).toEqual([
      expect.stringMatching(/^ {2}F starts from .*nowhere, read before the first stage$/),
      '  K starts from T as stage learn has trained it',
      '  T starts from F, read before the first stage',
      '  S starts from T, read when stage distil begins: stage learn has trained it by then',
    ])
    expect(report.students.S?.starts_from).toEqual([
      { from: 'T', read: 'when stage distil begins', trained_by: ['learn'] },
    ])
  })
  it('says which class of transformers a student is, or why none', () => {
    expect(report.students.T?.exports_as).toMatchObject({ class: 'BertForSequenceClassification', why: null })
    expect(report.students.S?.exports_as).toEqual({
      class: null,
      why: '`task.logits` is written otherwise than in BertForSequenceClassification',
      elsewhere: 'TinyBertForSequenceClassification',
    })
    expect(printReport(report)).toContain('T can be exported as BertForSequenceClassification\n')
    expect(report.teachers.F?.exports_as).toBeNull()
  })
})
