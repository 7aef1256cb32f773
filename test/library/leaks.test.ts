/** Texts in two parts of a data block: check, train and explain tell them once, with their first places. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkSpec } from '../../src/library/check.ts'
import { explain, type TrainEvent, train } from '../../src/library/index.ts'
import { distill } from '../distill.ts'

const home = mkdtempSync(join(tmpdir(), 'leaks-'))
afterAll(() => rmSync(home, { recursive: true }))
const at = (name: string): string => join(home, name)
const table = (...texts: readonly string[]): string =>
  `text\tlabel\n${texts.map((text, i) => `${text}\t${i % 2 === 0 ? 'a' : 'b'}\n`).join('')}`
function write(parts: string): string {
  writeFileSync(at('train.tsv'), table('one film', 'two films', 'three', 'four'))
  writeFileSync(at('dev.tsv'), table('five', 'Two  films', 'FOUR'))
  writeFileSync(at('test.tsv'), table('five', 'two films'))
  writeFileSync(
    at('spec.distill'),
    `import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
data d { train = "train.tsv", ${parts}, text = column("text"), label = class(column("label")), tokenizer = wordpiece(size = 40), max_length = 8 }
data e = d with { max_length = 6 }
model tiny = bert_base with { vocabulary = d.vocabulary, positions = 8, layers = 1, hidden_size = 4, intermediate_size = 4, heads = 1, embedding_size = 4 }
student S : tiny { heads { task = classifier(d.label) } }
stage learn {
  minimize cross_entropy(S.task.logits, batch.label), data = d, budget = 1 steps, batch = 2, optimizer = sgd(rate = 0.1)
}
stage again after learn {
  minimize cross_entropy(S.task.logits, batch.label), data = e, budget = 1 steps, batch = 2, optimizer = sgd(rate = 0.1)
}
`,
  )
  return at('spec.distill')
}
const place = (name: string, line: number): string => `${at(name)}:${line}`
const told = [
  `data d: 2 of 3 validation texts are also in train; the first is ${place('dev.tsv', 3)}, and ${place('train.tsv', 3)}`,
  `data d: 1 of 2 test texts are also in train; the first is ${place('test.tsv', 3)}, and ${place('train.tsv', 3)}`,
  `data d: all 2 test texts are also in validation; the first is ${place('test.tsv', 2)}, and ${place('dev.tsv', 2)}`,
]
const files = 'validation = "dev.tsv", test = "test.tsv"'

describe('texts in two parts', () => {
  it('are remarks of check', async () => {
    const { diagnostics, remarks } = await checkSpec(write(files))
    expect([diagnostics, remarks]).toEqual([[], told])
  })

  it('are told by train before its first step, and not where it goes on', async () => {
    const notes: string[] = []
    const onProgress = (event: TrainEvent): void => {
      if (event.type === 'note' && event.text.includes('texts are also in')) notes.push(event.text)
    }
    const spec = write(files)
    await train(spec, { backend: 'reference', out: at('run'), maxSteps: 1, onProgress })
    expect(notes).toEqual(told)
    await train(spec, { backend: 'reference', out: at('run'), maxSteps: 1, resume: true, onProgress })
    expect(notes).toEqual(told)
  })

  it('are in the data and the text of explain', async () => {
    const { data } = await explain(write(files))
    expect(data?.[0]?.leaks.map(({ part, also, texts }) => [part, also, texts])).toEqual([
      ['validation', 'train', 2],
      ['test', 'train', 1],
      ['test', 'validation', 2],
    ])
    const { out } = await distill(['explain', at('spec.distill')], { cwd: home })
    expect(out.match(/validation texts are also in\s+train/g)).toHaveLength(1)
  })

  it('cannot be in shares', async () => {
    const { diagnostics, remarks } = await checkSpec(write('validation = 25%'))
    expect([diagnostics, remarks]).toEqual([[], []])
  })
})
