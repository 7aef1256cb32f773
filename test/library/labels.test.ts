/** Labels from the training data after training: the run and its exports keep them, whatever becomes of the data. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DistillError, explain, exportModel, load, train } from '../../src/library/index.ts'
import { distill } from '../distill.ts'

const home = mkdtempSync(join(tmpdir(), 'run-labels-'))
afterAll(() => rmSync(home, { recursive: true }))
const at = (name: string): string => join(home, name)
const spec = at('spec.distill')
const table = (...labels: readonly string[]): string =>
  `text\tlabel\n${labels.map((label, i) => `${label} day ${i}\t${label}\n`).join('')}`
const labels = ['cold', 'mild', 'warm']
const rows = Array.from({ length: 30 }, (_, i) => labels[2 - (i % 3)] ?? '')
const backend = ['--backend', 'reference']

beforeAll(async () => {
  writeFileSync(at('train.tsv'), table(...rows))
  writeFileSync(
    spec,
    `import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
data days {
  train = "train.tsv", validation = 20%, text = column("text"), label = class(column("label"))
  tokenizer = wordpiece(size = 50), max_length = 8
}
model tiny = bert_base with {
  vocabulary = days.vocabulary, positions = 8, layers = 1, hidden_size = 4, intermediate_size = 4, heads = 1, embedding_size = 4
}
student S : tiny { heads { task = classifier(days.label) } }
stage learn {
  minimize cross_entropy(S.task.logits, batch.label)
  data = days, budget = 4 steps, batch = 4, optimizer = adam(rate = 1e-3), evaluate = [accuracy], every = 2
}
`,
  )
  await train(spec, { backend: 'reference', out: at('run') })
  await train(spec, { backend: 'reference', out: at('begun'), maxSteps: 2 })
}, 60_000)

describe('explain', () => {
  it('tells the labels and where they are from', async () => {
    const { labels: told } = await explain(spec)
    expect(told).toEqual([{ data: 'days', kind: 'class', scheme: null, labels, from: [at('train.tsv')] }])
    const { out } = await distill(['explain', spec], { cwd: home })
    expect(out.replace(/\s+/g, ' ')).toContain(`data days: labels from ${at('train.tsv')}: cold, mild, warm`)
  })
})

describe('a run whose data have other labels since', () => {
  beforeAll(() => writeFileSync(at('train.tsv'), table('hot', 'icy', 'hot', 'icy')))

  it('keeps its labels for predictions and exports', async () => {
    const model = await load(at('run'), { backend: 'reference' })
    expect(model.labels).toEqual(labels)
    model.dispose()
    await exportModel(at('run'), at('exported'), {
      backend: 'reference',
      onnx: true,
      unproved: true,
      license: 'mit',
    })
    const config = JSON.parse(readFileSync(at('exported/config.json'), 'utf8'))
    expect(config.id2label).toEqual({ 0: 'cold', 1: 'mild', 2: 'warm' })
    const onnx = readFileSync(at('exported/onnx/model.onnx'), 'latin1')
    expect(onnx).toContain('["cold","mild","warm"]')
    const exported = await load(at('exported'), { backend: 'reference' })
    expect(exported.labels).toEqual(labels)
    exported.dispose()
  })

  it('is not scored on labels that it does not have', async () => {
    const { status, err } = await distill(['eval', 'run', '--data', 'days', ...backend], { cwd: home })
    expect([status, err]).toEqual([1, expect.stringContaining('`hot` is not one of the labels')])
  })

  it('is not resumed with them', async () => {
    const words = ['train', spec, '--resume', '--out', 'begun', '--max-steps', '2', ...backend]
    const { status, err } = await distill(words, { cwd: home })
    expect([status, err]).toEqual([1, expect.stringContaining('`hot` is not one of the labels')])
  })
})

describe('without the data', () => {
  beforeAll(() => rmSync(at('train.tsv')))

  it('a run still answers', async () => {
    const model = await load(at('run'), { backend: 'reference' })
    expect(model.labels).toEqual(labels)
    model.dispose()
  })

  it('explain says that the number of labels is not known', async () => {
    expect((await explain(spec)).labels).toEqual([
      { data: 'days', kind: 'class', scheme: null, labels: null, from: [at('train.tsv')] },
    ])
    const { out } = await distill(['explain', spec], { cwd: home })
    expect(out.replace(/\s+/g, ' ')).toContain('data days: the number of labels is not known without')
  })

  it('check --no-files finds nothing wrong, and other commands name the file', async () => {
    expect((await distill(['check', '--no-files', spec], { cwd: home })).status).toBe(0)
    for (const command of ['check', 'train', 'compile', 'graph'])
      expect(
        (await distill([command, spec, ...(command === 'graph' ? ['-o', 'x.svg'] : [])], { cwd: home })).err,
      ).toContain('E0801')
    await expect(train(spec, { backend: 'reference' })).rejects.toThrow(DistillError)
  })
})
