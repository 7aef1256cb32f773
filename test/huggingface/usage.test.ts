/** The snippets of model cards, run as they stand by transformers.js. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { distill } from '../distill.ts'

const root = path.resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(path.join(tmpdir(), 'distill-usage-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => path.join(folder, name)

const spec = `import { bert_base } from "std/bert.distill"
import { mobilebert, mobilebert_masked_lm } from "std/mobilebert.distill"
import { classifier, masked_lm, span, token_classifier } from "std/heads.distill"
data colours {
  train = "${root}/test/fixtures/tiny/train.tsv", text = column("sentence")
  label = class(column("label"), ["cold", "warm"]), tokenizer = wordpiece(size = 96), max_length = 16
}
model usual = bert_base with { vocabulary = colours.vocabulary, positions = 32, layers = 1, hidden_size = 16, heads = 2 }
model narrow = mobilebert with {
  vocabulary = colours.vocabulary, positions = 32, layers = 1, hidden_size = 16, embedding_size = 4, inner_size = 8, heads = 2
}
student B : usual {
  heads { task = classifier(colours.label), mlm = masked_lm(tied = embedding.word), answer = span(), tags = token_classifier(3) }
}
student M : narrow { heads { task = classifier(colours.label), mlm = mobilebert_masked_lm(), answer = span() } }
student E : usual { init { **.weight from normal(0.02) } }
stage first { minimize cross_entropy(B.task.logits, batch.label), data = colours, budget = 1 steps, batch = 4, optimizer = adam(rate = 1e-3) }
stage second { minimize cross_entropy(M.task.logits, batch.label), data = colours, budget = 1 steps, batch = 4, optimizer = adam(rate = 1e-3) }
stage third after first { minimize mse(E.hidden[1], B.hidden[1]), data = colours, budget = 1 steps, batch = 4, optimizer = adam(rate = 1e-3) }
`

/** What the snippet of the card in a folder gives, run from a script of its own. */
function result(place: string): unknown {
  const card = readFileSync(path.join(place, 'README.md'), 'utf8')
  const code = /```js\n([\s\S]*?)```/.exec(card)?.[1] ?? ''
  expect(code).toContain('"OWNER/NAME"')
  const local = [
    'import { env } from "@huggingface/transformers"',
    'env.allowRemoteModels = false',
    `env.localModelPath = ${JSON.stringify(path.dirname(place))}`,
    code.replace('OWNER/NAME', path.basename(place)),
    'process.stdout.write(JSON.stringify(result.dims ?? result))',
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-'], {
    cwd: root,
    encoding: 'utf8',
    input: local.join('\n'),
  })
  expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

describe('a snippet of a model card', () => {
  beforeAll(async () => {
    writeFileSync(at('s.distill'), spec)
    const trained = await distill(['train', at('s.distill'), '--out', at('run'), '--backend', 'wasm'], {
      cwd: root,
    })
    expect([trained.status, trained.status === 0 ? '' : trained.err]).toEqual([0, ''])
    for (const model of ['B', 'M', 'E']) {
      const words = [
        'export',
        at('run'),
        '--model',
        model,
        '--to',
        at(model),
        '--onnx',
        '--unproved',
        '--backend',
        'wasm',
      ]
      const { status, err } = await distill(words, { cwd: root })
      expect([status, status === 0 ? '' : err]).toEqual([0, ''])
    }
  }, 240_000)
  it.each(['B', 'M'])(
    '%s: labels, words for [MASK], an answer',
    (model) => {
      expect(result(at(`${model}/task`))).toEqual([
        { label: expect.stringMatching(/^(cold|warm)$/), score: expect.any(Number) },
      ])
      expect(result(at(`${model}/mlm`))).toHaveLength(5)
      expect(result(at(`${model}/answer`))).toEqual({ answer: expect.any(String), score: expect.any(Number) })
    },
    120_000,
  )
  it('tags and states', () => {
    expect(Array.isArray(result(at('B/tags')))).toBe(true)
    expect(result(at('E'))).toEqual([1, expect.any(Number), 16])
  }, 120_000)
})
