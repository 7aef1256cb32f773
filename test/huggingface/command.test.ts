import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { RunFolder } from '../../src/train/run-folder.ts'
import { readSafetensorsHeader } from '../../src/weights/safetensors.ts'
import { type Outcome, distill as run } from '../distill.ts'

/** Train, export, and start anew from the exported folder, as a person does. */
const root = path.resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(path.join(tmpdir(), 'distill-hf-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => path.join(folder, name)

const distill = (...words: string[]): Promise<Outcome> => run(words, { cwd: root, env: { COLUMNS: '200' } })

describe('distill export and new', () => {
  it('a run becomes a folder, and the folder the teacher of a new spec', async () => {
    expect(
      (await distill('train', 'test/fixtures/tiny/tiny.distill', '--out', at('run'), '--backend', 'wasm'))
        .status,
    ).toBe(0)
    const toModel = ['export', at('run'), '--to', at('model'), '--model', 'T', '--backend', 'wasm']
    const unnamed = await distill(...toModel)
    expect([unnamed.status, unnamed.err]).toEqual([
      0,
      expect.stringMatching(/^\S+run: T {3}wasm.*\nnote: the model card names no license; .*\n$/),
    ])
    const hub = ['--license', 'mit', '--language', 'en', '--language', 'de', '--dataset', 'me/colours']
    const done = await distill(...toModel, ...hub, '--base-model', 'me/base')
    expect([done.status, done.out, done.err]).toEqual([
      0,
      `T as BertForSequenceClassification -> ${at('model')}\n`,
      expect.stringMatching(/^\S+run: T {3}wasm.*\n$/),
    ])
    expect(JSON.parse(readFileSync(at('model/config.json'), 'utf8'))).toMatchObject({
      id2label: { '0': 'cold', '1': 'warm' },
    })
    expect(readFileSync(at('model/README.md'), 'utf8')).toMatch(
      /\| T \| colours, validation \| accuracy \| \d/,
    )
    expect(readFileSync(at('model/README.md'), 'utf8')).toMatch(
      /^---\nlibrary_name: transformers\npipeline_tag: text-classification\nlicense: mit\nlanguage:\n- en\n- de\nbase_model: me\/base\ndatasets:\n- me\/colours\nmetrics:\n- accuracy\n/,
    )
    const refused = await distill(...toModel, '--license', 'My License', '--dataset', '../colours')
    expect([refused.status, refused.err]).toEqual([2, expect.stringContaining('apache-2.0 or mit')])
    expect((await distill('new', at('next.distill'), '--from', at('model'))).status).toBe(0)
    expect((await distill('check', '--no-files', at('next.distill'))).status).toBe(0)
    expect((await distill('fmt', '--check', at('next.distill'))).status).toBe(0)
    const config = JSON.parse(readFileSync(at('model/config.json'), 'utf8'))
    writeFileSync(
      at('model/config.json'),
      JSON.stringify({ ...config, id2label: { '0': 'warm', '1': 'cold' } }),
    )
    const swapped = await distill('check', at('next.distill'))
    expect([swapped.status, swapped.err]).toEqual([1, expect.stringMatching(/^error\[E0319\]/m)])
    writeFileSync(at('model/config.json'), JSON.stringify(config))
    const again = await distill('new', at('next.distill'), '--from', at('model'))
    expect([again.status, again.err.split('\n')[0]]).toEqual([
      1,
      expect.stringContaining('it is there already'),
    ])
    expect((await distill('new', at('x'), '--from', at('model'))).status).toBe(2)
  })
  it('labels of tokens are named in config.json', async () => {
    const conll = path.join(root, 'test/fixtures/tasks/wnut17.conll')
    const types = ['corporation', 'creative-work', 'group', 'location', 'person', 'product']
    const tags = ['O', ...types.flatMap((type) => [`B-${type}`, `I-${type}`])]
    const text = `import { bert_base } from "std/bert.distill"
import { token_classifier } from "std/heads.distill"
data names {
  train = "${conll}", validation = "${conll}"
  text = column("tokens"), label = tags(column("tags"), [${tags.map((tag) => `"${tag}"`).join(', ')}], scheme = bio)
  tokenizer = wordpiece(size = 400), max_length = 64
}
model small = bert_base with { vocabulary = names.vocabulary, positions = 64, layers = 1, hidden_size = 16, heads = 2, intermediate_size = 16 }
student S : small { heads { task = token_classifier(names.label) } }
stage learn {
  minimize cross_entropy(S.task.logits, batch.tags)
  data = names, budget = 2 steps, batch = 4, optimizer = adam(rate = 1e-3)
}
`
    writeFileSync(at('tags.distill'), text)
    const trained = await distill('train', at('tags.distill'), '--out', at('tags-run'), '--backend', 'wasm')
    expect([trained.status, trained.status === 0 ? '' : trained.err]).toEqual([0, ''])
    const done = await distill('export', at('tags-run'), '--to', at('tags'), '--backend', 'wasm')
    expect(done.out).toBe(`S as BertForTokenClassification -> ${at('tags')}\n`)
    expect(done.err).toMatch(
      /^\S+: \w+ {3}\w+.*\nnote: not in the class, left out: pooler\nnote: the model card names no license; .*\n$/,
    )
    expect(Object.values(JSON.parse(readFileSync(at('tags/config.json'), 'utf8')).id2label)).toEqual(tags)
    for (const name of ['tags', 'tags-run', 'tags.distill']) rmSync(at(name), { recursive: true })
  })
  it('a head alone, or a folder for each', async () => {
    const fixture = path.join(root, 'test/fixtures/tiny')
    const text = `import { bert_base } from "std/bert.distill"
import { classifier, token_classifier } from "std/heads.distill"
data colours {
  train = "${fixture}/train.tsv", text = column("sentence"), label = class(column("label"), ["cold", "warm"])
  tokenizer = wordpiece(size = 96), max_length = 16
}
model small = bert_base with { vocabulary = colours.vocabulary, positions = 16, layers = 1, hidden_size = 8, heads = 2 }
student S : small { heads { task = classifier(colours.label), tags = token_classifier(3) } }
stage learn {
  minimize cross_entropy(S.task.logits, batch.label)
  data = colours, budget = 2 steps, batch = 4, optimizer = adam(rate = 1e-3)
}
`
    writeFileSync(at('heads.distill'), text)
    const trained = await distill('train', at('heads.distill'), '--out', at('heads-run'), '--backend', 'wasm')
    expect([trained.status, trained.status === 0 ? '' : trained.err]).toEqual([0, ''])
    const to = ['export', at('heads-run'), '--backend', 'wasm', '--to']
    expect((await distill(...to, at('both'))).out).toBe(
      `S task as BertForSequenceClassification -> ${at('both/task')}\nS tags as BertForTokenClassification -> ${at('both/tags')}\n`,
    )
    expect(readdirSync(at('both')).sort()).toEqual(['tags', 'task'])
    expect((await distill(...to, at('one'), '--head', 'tags')).out).toBe(
      `S as BertForTokenClassification -> ${at('one')}\n`,
    )
    const unknown = await distill(...to, at('none'), '--head', 'mask')
    expect([unknown.status, unknown.err]).toEqual([2, expect.stringMatching(/^error\[E1105\].*mask/)])
    for (const name of ['heads.distill', 'heads-run', 'both', 'one']) rmSync(at(name), { recursive: true })
  })
  it('a projection is in checkpoints, and neither in the best weights nor in an export', async () => {
    const fixture = path.join(root, 'test/fixtures/tiny')
    const text = `import { bert_base } from "std/bert.distill"
data colours {
  train = "${fixture}/train.tsv", text = column("sentence"), tokenizer = wordpiece(size = 96), max_length = 16
}
model large = bert_base with { vocabulary = colours.vocabulary, positions = 16, layers = 2, hidden_size = 16, heads = 2 }
model small = large with { layers = 1, hidden_size = 8 }
teacher T : large {}
student S : small {}
projection W : small.hidden_size -> large.hidden_size = linear
stage distil {
  minimize mse(W(S.hidden[1]), T.hidden[2])
  data = colours, budget = 2 steps, batch = 4, optimizer = adam(rate = 1e-3)
}
`
    writeFileSync(at('projected.distill'), text)
    const out = ['--out', at('projected-run'), '--backend', 'wasm', '--random-weights']
    const trained = await distill('train', at('projected.distill'), ...out)
    expect([trained.status, trained.status === 0 ? '' : trained.err]).toEqual([0, ''])
    const done = await distill('export', at('projected-run'), '--to', at('projected'), '--backend', 'wasm')
    expect(done.out).toBe(`S as BertModel -> ${at('projected')}\n`)
    const run = new RunFolder(at('projected-run'))
    const projected = (file: string): string[] => {
      const names = [...readSafetensorsHeader(file).tensors.keys()]
      expect(names.some((name) => name.includes('query'))).toBe(true)
      return names.filter((name) => /^W\b|fit_dense|projection/.test(name)).sort()
    }
    expect(projected(run.last)).toEqual(['W.bias', 'W.weight'])
    expect(projected(run.model('S'))).toEqual([])
    expect(projected(at('projected/model.safetensors'))).toEqual([])
    for (const name of ['projected', 'projected-run', 'projected.distill'])
      rmSync(at(name), { recursive: true })
  })
  it('what is no run, no folder of a model, or no model of the run', async () => {
    expect((await distill('export', at('nothing'), '--to', at('x'))).err).toMatch(
      /^error\[E1107\].*is not there/,
    )
    expect((await distill('export', at('run'), '--to', at('x'), '--model', 'Z')).err).toMatch(
      /^error\[E1105\]/,
    )
    expect((await distill('new', at('y.distill'), '--from', at('nothing'))).err).toMatch(
      /^error\[E0930\].*it is not there/,
    )
    expect(readdirSync(folder).sort()).toEqual(['model', 'next.distill', 'run'])
    expect(existsSync(at('y.distill'))).toBe(false)
  })
})
