import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { marked, type Token } from 'marked'
import { afterAll, describe, expect, it } from 'vitest'
import type { ModelInstance } from '../../src/check/program.ts'
import { type CardFacts, modelCard } from '../../src/huggingface/card/model-card.ts'
import { hubFacts, teachersOf } from '../../src/huggingface/card/origins.ts'
import { textsOfKey, yamlLines } from '../../src/huggingface/card/yaml.ts'
import { instance, program } from '../check/spec-text.ts'
import { runFacts } from './run-facts.ts'

const root = mkdtempSync(path.join(tmpdir(), 'distill-card-'))
afterAll(() => rmSync(root, { recursive: true }))

const score = (model: string, metrics: Record<string, number>, more: Record<string, unknown> = {}) => ({
  ...{ event: 'evaluation', model, data: 'reviews', split: 'validation', metrics },
  ...more,
})
const facts = (changes: Partial<CardFacts>): CardFacts => ({
  ...runFacts(),
  model: 'S',
  modelClass: 'BertForSequenceClassification',
  known: true,
  answers: 'class',
  parameters: 14_350_874,
  notes: [],
  ...changes,
})
const hub = {
  license: 'apache-2.0',
  languages: ['en', 'no'],
  baseModels: ['google/bert-base'],
  datasets: ['stanfordnlp/sst2'],
}

/** Cells of a table, by rows. */
const rowsOf = (token: Token): number[] =>
  'rows' in token && Array.isArray(token.rows) ? token.rows.map((row) => row.length) : []

describe('a model card', () => {
  it('has what the Hub reads, a usage snippet, and the student beside its teacher', async () => {
    const card = modelCard(
      facts({
        hub,
        log: [
          score('T', { accuracy: 0.9375 }, { event: 'teacher' }),
          score('S', { accuracy: 0.9, f1: 0.875 }, { best: true }),
          score('S', { accuracy: 0.5, f1: 0.5 }),
        ],
        teachers: [{ name: 'T', parameters: 109_483_778 }],
        notes: ['factorized matrices are multiplied out'],
      }),
    )
    await expect(card).toMatchFileSnapshot('../golden/huggingface/card-student.txt')
  })
  it('leaves out what is not known, and claims no score of a checkpoint', async () => {
    const teachers = [{ name: 'T', parameters: 109_483_778 }]
    const log = [score('S', { accuracy: 0.9 })]
    const card = modelCard(facts({ log, teachers, checkpoint: 'stage-step-3' }))
    await expect(card).toMatchFileSnapshot('../golden/huggingface/card-checkpoint.txt')
  })
  it('has no pipeline, and no library, for a class that transformers does not have', () => {
    const card = modelCard(facts({ known: false, modelClass: 'TinyBertForSequenceClassification' }))
    expect(card).not.toMatch(/library_name|pipeline|## Usage/)
  })
  it.each([
    ['class', true, 'text-classification', '{"text": "One text.", "text_pair": "Another one."}'],
    ['number', false, 'text-classification', 'function_to_apply="none"'],
    ['tags', false, 'token-classification', 'aggregation_strategy="first"'],
    ['span', true, 'question-answering', 'question="Which question?", context='],
    ['masked', false, 'fill-mask', '[MASK]'],
    ['states', false, 'feature-extraction', 'pipeline("feature-extraction", model=".")'],
    ['vector', false, 'sentence-similarity', 'SentenceTransformer(".")'],
  ] as const)('%s, pairs %s: the pipeline %s', (answers, pair, tag, snippet) => {
    const card = modelCard(facts({ answers, pair }))
    expect(card).toContain(`pipeline_tag: ${tag}\n`)
    expect(card).toContain(snippet)
  })
  it.each([
    ['class', false, '"text-classification", "OWNER/NAME"'],
    ['tags', false, '"token-classification", "OWNER/NAME"'],
    ['span', true, 'answer("Which question?", "A text that has the answer.")'],
    ['masked', false, '[MASK]'],
    ['states', false, '"feature-extraction", "OWNER/NAME"'],
  ] as const)('with ONNX files, %s is used in JavaScript too', (answers, pair, snippet) => {
    const onnx = [['model.onnx', 'float32']] as const
    const [, code] = /```js\n([\s\S]*?)```/.exec(modelCard(facts({ answers, pair, onnx }))) ?? []
    expect(code).toContain(snippet)
    expect(modelCard(facts({ answers, pair }))).not.toContain('```js')
  })
  it.each([
    ['number', false],
    ['class', true],
    ['vector', false],
    [undefined, false],
  ] as const)('%s, pairs %s, has no pipeline in JavaScript', (answers, pair) => {
    expect(modelCard(facts({ answers, pair, onnx: [['model.onnx', 'float32']] }))).not.toContain('```js')
  })
  it('a class that transformers.js lacks has none either', () => {
    const onnx = [['model.onnx', 'float32']] as const
    const card = (modelClass: string) => modelCard(facts({ answers: 'tags', modelClass, onnx }))
    expect(card('BertForTokenClassification')).toContain('```js')
    expect(card('AlbertForTokenClassification')).not.toContain('```js')
  })
  it('shows words of a log and of notes as words', () => {
    const word = 'S|x <img src=x onerror=e()>\n---\n[a](b) `'
    const log = [{ ...score(word, { [word]: 0.5 }), data: word, split: word }]
    const teachers = [{ name: word, parameters: 7 }]
    const card = modelCard(facts({ model: word, log, teachers, notes: [word], checkpoint: word }))
    const shapes = (text: string) => marked.lexer(text).map((token) => [token.type, rowsOf(token)])
    const plain = modelCard(
      facts({
        ...{ model: 'w', log: [{ ...score('w', { w: 0.5 }), data: 'w', split: 'w' }], notes: ['w'] },
        ...{ teachers: [{ name: 'w', parameters: 7 }], checkpoint: 'w' },
      }),
    )
    expect(shapes(card)).toEqual(shapes(plain))
    expect(marked.parse(card)).not.toMatch(/<img|<a /)
  })
  it('of ONNX files alone has no Python', () => {
    const { modelClass: _, ...rest } = facts({ known: false, onnx: [['model.onnx', 'float32']] })
    const card = modelCard(rest)
    expect(card).toContain('library_name: transformers.js\npipeline_tag: text-classification\n')
    expect(card).toContain('```js')
    expect(card).not.toContain('```python')
    expect(modelCard({ ...rest, answers: 'vector' })).toContain('pipeline_tag: feature-extraction\n')
  })
  it('has results of the kind that the folder answers, and no number that YAML lacks', () => {
    const log = [score('S', { entity_f1: 0.5, perplexity: 3.25 }), score('T', { perplexity: 2 })]
    const results = (answers: CardFacts['answers']) =>
      modelCard(facts({ answers, log }))
        .split('\n---\n')[0]
        ?.match(/name: \w+$/gm)
    expect(results('tags')?.slice(-1)).toEqual(['name: entity_f1'])
    expect(results('masked')?.slice(-1)).toEqual(['name: perplexity'])
    expect(modelCard(facts({ answers: undefined, log }))).not.toContain('model-index')
    const infinite = [score('S', { perplexity: Number.POSITIVE_INFINITY })]
    expect(modelCard(facts({ answers: 'masked', log: infinite }))).not.toContain('model-index')
  })
})

describe('front matter', () => {
  it('quotes what YAML would read otherwise', () => {
    const lines = yamlLines({
      a: 'no',
      b: 'x: y',
      c: ['apache-2.0', '[PAD]'],
      d: [{ e: 1, f: [{ g: 0.5 }] }],
    })
    expect(lines.join('\n')).toBe(
      ['a: "no"', 'b: "x: y"', 'c:', '- apache-2.0', '- "[PAD]"', 'd:', '- e: 1', '  f:', '  - g: 0.5'].join(
        '\n',
      ),
    )
  })
  it('holds in printable characters of one line what no reader takes as it is', () => {
    const [line] = yamlLines({ a: 'x\u007f\u0085\u2028\u202e\ufeff\ud800"\\\n\u{1f600}' })
    expect(line).toBe('a: "x\\u007f\\u0085\\u2028\\u202e\\ufeff\ufffd\\"\\\\\\n\u{1f600}"')
  })
  it('is read in each of its forms', () => {
    const text = 'license: "mit"  # short\nlanguage: [en, "no"]\ntags:\n- a\n  - b\nmore: c'
    expect(['license', 'language', 'tags', 'more', 'none'].map((key) => textsOfKey(text, key))).toEqual([
      ['mit'],
      ['en', 'no'],
      ['a', 'b'],
      ['c'],
      [],
    ])
  })
})

describe('where a model comes from', () => {
  const folder = (name: string, card: string, config: object = {}): string => {
    const place = path.join(root, name)
    mkdirSync(place, { recursive: true })
    if (card !== '') writeFileSync(path.join(place, 'README.md'), card)
    writeFileSync(path.join(place, 'config.json'), JSON.stringify(config))
    return place
  }
  const none = { languages: [], baseModels: [], datasets: [] }
  const models = (places: readonly string[]): ModelInstance[] =>
    places.map((place) =>
      instance(
        program(
          `import { bert_base } from "std/bert.distill"\nteacher T : bert_base { weights = ${JSON.stringify(place)} }`,
        ),
        'T',
      ),
    )
  it('license, language and name are those of the folders of weights', () => {
    const one = folder('one', '---\r\nlicense: mit\r\nlanguage: en\r\n---\r\n# x', {
      _name_or_path: 'google/x',
    })
    expect(hubFacts(none, models([one, path.join(one, 'model.safetensors')]))).toEqual({
      license: 'mit',
      languages: ['en'],
      baseModels: ['google/x'],
      datasets: [],
    })
    const given = { license: 'cc0-1.0', languages: ['de'], baseModels: ['a/b'], datasets: ['c'] }
    expect(hubFacts(given, models([one]))).toEqual(given)
  })
  it('nothing is made up: no card, another license for each, a license of its own, a path as a name', () => {
    const mit = folder('mit', '---\nlicense: mit\n---\n')
    const apache = folder('apache', '---\nlicense: apache-2.0\n---\n')
    const other = folder('other', '---\nlicense: other\nlicense_name: mine\n---\n')
    const bare = folder('bare', 'license: mit', { _name_or_path: '/home/me/model' })
    for (const places of [[mit, apache], [other], [bare], [path.join(root, 'nowhere')]])
      expect(hubFacts(none, models(places))).toEqual(none)
  })
  it('teachers are those that a stage which trains the student reads', () => {
    const { instances, ...rest } = program(`
      import { bert_base } from "std/bert.distill"
      data texts { train = "t.txt", text = lines, tokenizer = wordpiece(size = 60), max_length = 8 }
      model m = bert_base with { vocabulary = texts.vocabulary, layers = 1, hidden_size = 8, heads = 2 }
      teacher T : m { weights = "t" }
      teacher U : m { weights = "u" }
      student S : m { init { **.weight from normal(0.02) } }
      student D : m { init { **.weight from normal(0.02) } }
      student A : m { init { **.weight from normal(0.02) } }
      teacher C = S after first
      stage first { minimize mse(S.hidden[1], T.hidden[1]), data = texts, budget = 1 epochs, batch = 2, optimizer = adam(rate = 1e-3) }
      stage second after first { minimize mse(A.hidden[1], U.hidden[1]) + mse(D.hidden[1], C.hidden[1]), data = texts, budget = 1 epochs, batch = 2, optimizer = adam(rate = 1e-3) }
    `)
    const names = (name: string) => {
      const own = instances.get(name)
      return own && teachersOf({ instances, ...rest }, own).map((one) => one.name)
    }
    // Of a stage that trains two students the teachers are those of both; a copy is the model that it is of.
    expect([names('S'), names('A'), names('T')]).toEqual([['T'], ['U', 'S'], []])
  })
})
