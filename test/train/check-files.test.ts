import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { specialPieces } from '../../src/data/tokenizer/vocabulary.ts'
import { type Diagnostic, DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { InputCheck } from '../../src/train/check-inputs.ts'
import { writeFolder, writeTensors } from '../huggingface/folders.ts'
import { layouts, sizes } from '../huggingface/layouts.ts'
import { trainerOf } from './trainer-of.ts'

/** Specs beside faulty files: what `check` says of them and what `train` says before its first step are the same. */
const root = mkdtempSync(path.join(tmpdir(), 'check-files-'))
const runner = await createRunner('reference')
afterAll(() => {
  runner.dispose()
  rmSync(root, { recursive: true })
})
const at = (name: string): string => path.join(root, name)

const layoutOf = (name: string) => {
  const layout = layouts[name]
  if (layout === undefined) throw new Error(`no layout ${name}`)
  return layout
}
const classifier = layoutOf('BertForSequenceClassification')
const labels = ['bad', 'fair', 'good']
const named = (order: readonly string[]) => ({
  ...classifier,
  config: { ...classifier.config, id2label: { ...order } },
})
writeFolder(at('model'), 'BertForSequenceClassification', named(labels))
writeFolder(at('swapped'), 'BertForSequenceClassification', named(labels.toReversed()))
writeFolder(at('distil'), 'DistilBertModel', layoutOf('DistilBertModel'))
writeFolder(at('gelu'), 'BertModel', {
  ...layoutOf('BertModel'),
  config: { ...layoutOf('BertModel').config, num_attention_heads: 4 },
})
mkdirSync(at('pieces'))
const words = Array.from({ length: sizes.V - specialPieces.length }, (_, k) => `other${k}`)
writeFileSync(at('pieces/vocab.txt'), `${[...specialPieces, ...words].join('\n')}\n`)
cpSync(at('model'), at('cut'), { recursive: true })
truncateSync(at('cut/model.safetensors'), 1000)
mkdirSync(at('nothing'))
mkdirSync(at('bare'))
for (const name of ['config.json', 'model.safetensors']) cpSync(at(`model/${name}`), at(`bare/${name}`))
const masked = layoutOf('BertForMaskedLM')
cpSync(at('model'), at('copies'), { recursive: true })
// Random values: the copy of the embedding differs from it.
writeTensors(at('copies/model.safetensors'), {
  ...classifier.tensors,
  ...masked.tensors,
  'cls.predictions.decoder.weight': [sizes.V, sizes.H],
})

const rows = labels.map((name) => `word1 word2 ${name}\t${name}`).join('\n')
const files = {
  'train.tsv': `text\tlabel\n${rows}\n`,
  'dev.tsv': `text\tlabel\n${rows.replace(/^/gm, 'then ')}\n`,
  'labels.txt': `${labels.join('\n')}\n`,
  'empty.tsv': '',
  'header.tsv': 'text\tlabel\n',
  'unknown.tsv': 'text\tlabel\nword1\tgood\nword2\tgoood\nword3\tso-so\n',
  'fields.tsv': 'text\tlabel\nword1\tgood\nword2\n',
  'twice.tsv': 'text\ttext\tlabel\nword1\tword2\tgood\n',
  'quote.csv': 'text,label\n"word1,good\n',
  'broken.jsonl': '{"text": "word1", "label": "good"}\n{"text": "word2", "label": \n',
  'broken.parquet': 'PAR1 and no more',
  'zero.tsv': 'text\tlabel\nword1\0\tgood\n',
  'rows.xyz': 'word1\n',
  'numbers.tsv': 'text\tscore\nword1\t1.5\nword2\tten\n',
  'names.conll': 'word1 O\nword2 B-PERS\n',
  'uneven.jsonl': '{"words": ["word1", "word2"], "tags": ["O"]}\n',
  'squad.json': JSON.stringify({
    data: [
      {
        paragraphs: [
          {
            context: 'word1 word2',
            qas: [{ id: '1', question: 'word3', answers: [{ text: 'word2', answer_start: 0 }] }],
          },
        ],
      },
    ],
  }),
  'answered.json': JSON.stringify({
    data: [
      {
        paragraphs: [
          {
            context: 'word1 word2',
            qas: [{ id: '1', question: 'word3', answers: [{ text: 'word2', answer_start: 6 }] }],
          },
        ],
      },
    ],
  }),
  'lines.txt': 'word1 word2\n\nword3\nword4 word1\n',
  'document.txt': `${'ab ba '.repeat(12)}\nab ba\n`,
  'blank.txt': '\n\n',
  'vectors.txt': 'word1 0.1 0.2\nword2 0.1\n',
}
for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text)

interface Parts {
  readonly train?: string
  readonly validation?: string
  readonly text?: string
  readonly label?: string
  readonly tokenizer?: string
  readonly more?: string
  readonly weights?: string
  readonly head?: string
  /** Settings of the model of both. */
  readonly model?: Readonly<Record<string, number>>
  readonly stage?: string
  readonly batch?: number
  readonly before?: string
}

const listed = `[${labels.map((name) => `"${name}"`).join(', ')}]`

function specOf(parts: Parts): string {
  const { V, P, H, I, L } = sizes
  const {
    train = 'train.tsv',
    validation = 'dev.tsv',
    text = 'column("text")',
    label = `class(column("label"), ${listed})`,
    tokenizer = '"model"',
    more = '',
    weights = 'model',
    head = 'classifier(3)',
    stage = '',
    batch = 2,
    before = '',
  } = parts
  const settings = { vocabulary: V, positions: P, hidden_size: H, intermediate_size: I, layers: L, heads: 2 }
  const model = Object.entries({ ...settings, ...parts.model }).map(([name, value]) => `${name} = ${value}`)
  const held = validation === '' ? '' : `validation = "${validation}"`
  return `import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
${before}
data texts {
  train = "${train}"
  ${held}
  text = ${text}${label === '' ? '' : `, label = ${label}`}
  tokenizer = ${tokenizer}, max_length = 12${more}
}
model big = bert_base with { ${model.join(', ')} }
teacher T : big { ${weights === '' ? '' : `weights = "${weights}", `}heads { task = ${head} } }
student S : big { heads { task = ${head} } }
stage distil {
  minimize mse(S.hidden[1], T.hidden[1]) per unit
  data = texts, budget = 1 steps, batch = ${batch}, optimizer = adam(rate = 1e-3)${stage}
}
`
}

function checked(parts: Parts) {
  const file = at('spec.distill')
  writeFileSync(file, specOf(parts))
  const { program, diagnostics, sources } = checkFile(file)
  const text = (all: readonly Diagnostic[]): string =>
    renderDiagnostics(all, sources, { color: false }).replaceAll(`${root}/`, '')
  // So `check --no-files` reports no error.
  if (program === undefined) throw new Error(text(diagnostics))
  return { program, text }
}

/** What `distill check` adds to what the spec alone says. */
function ofCheck(
  parts: Parts,
  limit?: number,
): { readonly said: string; readonly remarks: readonly string[] } {
  const { program, text } = checked(parts)
  const { diagnostics, remarks } = new InputCheck(limit).check(program)
  return { said: text(diagnostics), remarks: remarks.map((line) => line.replaceAll(`${root}/`, '')) }
}

/** What `distill train` says before its first step. */
function ofTrain(parts: Parts): string {
  const { program, text } = checked(parts)
  try {
    trainerOf(program, at('run'), { runner, requireTrained: true })
    return ''
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    return text(error.diagnostics)
  }
}

const codesIn = (text: string): string[] =>
  [...text.matchAll(/^error\[(E\d{4})\]/gm)].map(([, code]) => code ?? '')

const number = { text: 'column("text")', label: 'number(column("score"))' }
const tags = `tags(column("tags"), ["O", "B-PER", "I-PER"], scheme = bio)`
const held = { validation: '' }
/** What is wrong, the spec, the code, and the file, line and column of the data or the line of the spec that is told. */
const faults: readonly (readonly [string, Parts, string, string])[] = [
  ['a missing file', { train: 'none.tsv' }, 'E0801', 'there is no file `none.tsv`'],
  ['a pattern without files', { train: 'none/*.tsv' }, 'E0801', 'no file matches `none/*.tsv`'],
  ['a missing list of labels', { label: 'class(column("label"), file("none.txt"))' }, 'E0801', 'none.txt'],
  ['a misspelt column of texts', { text: 'column("txt")' }, 'E0802', 'train.tsv:1: there is no column `txt`'],
  ['a misspelt column of labels', { label: `class(column("lable"), ${listed})` }, 'E0802', '`lable`'],
  ['a row that lacks a field', { train: 'fields.tsv' }, 'E0803', 'fields.tsv:3: 1 field where'],
  [
    'an unknown label',
    { train: 'unknown.tsv' },
    'E0804',
    'unknown.tsv:3:7: `goood` is not one of the labels',
  ],
  ['an unknown tag', { ...held, train: 'names.conll', label: tags }, 'E0804', 'names.conll:2: `B-PERS`'],
  [
    'text in a column of numbers',
    { ...held, train: 'numbers.tsv', ...number },
    'E0805',
    'numbers.tsv:3:7: `ten`',
  ],
  ['an empty file', { validation: 'empty.tsv' }, 'E0806', '`empty.tsv` has no examples: the file is empty'],
  ['a header without rows', { validation: 'header.tsv' }, 'E0806', 'nothing below the header'],
  [
    'lines without text',
    { ...held, train: 'blank.txt', text: 'lines', label: '' },
    'E0806',
    'it holds no text',
  ],
  ['JSON lines that break off', { validation: 'broken.jsonl' }, 'E0807', 'broken.jsonl:2: `{"text": "word2"'],
  ['a CSV quote that never closes', { validation: 'quote.csv' }, 'E0807', 'quote.csv:2: a quote'],
  [
    'a broken Parquet file',
    { validation: 'broken.parquet' },
    'E0807',
    'broken.parquet: it cannot be read as Parquet',
  ],
  ['a file that is no text', { validation: 'zero.tsv' }, 'E0807', 'zero.tsv:2: there is a zero byte'],
  ['an unknown format', { validation: 'rows.xyz' }, 'E0811', 'the format of `rows.xyz` is not known'],
  [
    'fewer tags than words',
    { ...held, train: 'uneven.jsonl', text: 'column("words")', label: tags },
    'E0814',
    'uneven.jsonl:1',
  ],
  ['a column twice', { ...held, train: 'twice.tsv' }, 'E0816', 'twice.tsv:1: there are 2 columns `text`'],
  [
    'an answer at another place',
    { ...held, train: 'squad.json', text: '[column("question"), column("context")]', label: 'span' },
    'E0817',
    'squad.json:1: the answer `word2`',
  ],
  [
    'word vectors of two lengths',
    { more: ', augment { vectors = "vectors.txt", copies = 1, probability = 40%, candidates = 2 }' },
    'E0820',
    'vectors.txt:2',
  ],
  ['a missing tokenizer', { tokenizer: '"none"' }, 'E0808', 'no vocabulary at `none`: it is not there'],
  ['a folder without tokenizer', { tokenizer: '"nothing"' }, 'E0808', 'no vocabulary at `nothing`'],
  [
    'a vocabulary smaller than its alphabet',
    { tokenizer: 'wordpiece(size = 8)' },
    'E0810',
    'too small for the text',
  ],
  [
    'a tokenizer without texts to train on',
    {
      before:
        'data other { validation = "dev.tsv", text = column("text"), tokenizer = wordpiece(size = 40) }',
      tokenizer: 'other.tokenizer',
    },
    'E0812',
    '`other` has no training files',
  ],
  ['too few examples for one batch', { stage: ', partial = drop', batch: 4 }, 'E0862', '3 training examples'],
  [
    'too few blocks of packed text',
    { ...held, train: 'lines.txt', text: 'lines', label: '', stage: ', partial = drop', batch: 4 },
    'E0862',
    '3 training examples',
  ],
  [
    'too few blocks of documents whose tokenizer is trained',
    {
      ...{ ...held, train: 'document.txt', text: 'documents', label: '' },
      ...{ tokenizer: 'wordpiece(size = 40)', weights: 'bare', stage: ', partial = drop', batch: 4 },
    },
    'E0862',
    '3 training examples',
  ],
  [
    'too few windows of questions',
    {
      ...{ ...held, train: 'answered.json', text: '[column("question"), column("context")]', label: 'span' },
      ...{ stage: ', partial = drop', batch: 4 },
    },
    'E0862',
    '1 training example',
  ],
  ['a teacher without weights', { weights: '' }, 'E0511', 'T is read in stage distil'],
  ['missing weights', { weights: 'none' }, 'E0912', 'the weights of T are missing: none'],
  [
    'a folder without weights',
    { weights: 'nothing' },
    'E0901',
    'no weights at `nothing`: the folder is empty',
  ],
  ['a file of weights that breaks off', { weights: 'cut' }, 'E0902', 'cut/model.safetensors'],
  ['weights of another model', { weights: 'distil' }, 'E0911', 'distil/model.safetensors'],
  ['a tensor of another shape', { model: { intermediate_size: 24 } }, 'E0910', 'model/model.safetensors'],
  ['more layers in the file', { model: { layers: 2 } }, 'E0510', '4 layers'],
  [
    'copies of one weight that differ',
    {
      weights: 'copies',
      head: 'masked_lm(tied = embedding.word)',
      before: 'import { masked_lm } from "std/heads.distill"',
    },
    'E0913',
    'cls.predictions.decoder.weight',
  ],
  ['another computation in config.json', { weights: 'gelu' }, 'E0322', 'gelu/config.json'],
  ['labels in another order', { weights: 'swapped' }, 'E0319', 'swapped/config.json'],
  ['another vocabulary', { tokenizer: '"pieces"' }, 'E0321', 'model/vocab.txt'],
]

describe('check and train say the same of', () => {
  it('nothing, where nothing is wrong', () => {
    expect([ofCheck({}), ofTrain({})]).toEqual([{ said: '', remarks: [] }, ''])
    const fromFile = { label: 'class(column("label"), file("labels.txt"))', head: 'classifier(texts.label)' }
    expect([ofCheck(fromFile).said, ofTrain(fromFile)]).toEqual(['', ''])
  })
  it('nothing, where texts that are cut by their length fill a batch', () => {
    const packed = { ...held, label: '', stage: ', partial = drop' }
    const some: Parts[] = [
      { ...packed, train: 'lines.txt', text: 'lines', batch: 3 },
      {
        ...packed,
        train: 'document.txt',
        text: 'documents',
        batch: 3,
        weights: 'bare',
        tokenizer: 'wordpiece(size = 40)',
      },
    ]
    for (const parts of some) expect([ofCheck(parts).said, ofTrain(parts)]).toEqual(['', ''])
  })
  it.each(faults)('%s', (_, parts, code, place) => {
    const { said } = ofCheck(parts)
    expect(codesIn(said)).toEqual([code])
    expect(said.replace(/\n\s*[|=] */g, ' ')).toContain(place)
    expect(said).toMatch(/^ *--> spec\.distill:\d+:\d+$/m)
    expect(ofTrain(parts)).toBe(said)
  })
  it('all of them at once, each once', () => {
    const parts = {
      train: 'unknown.tsv',
      validation: 'none.tsv',
      tokenizer: '"nothing"',
      weights: 'distil',
      before: 'data other { train = "fields.tsv", text = column("text"), tokenizer = "nothing" }',
    }
    const { said } = ofCheck(parts)
    expect(codesIn(said).sort()).toEqual(['E0801', 'E0803', 'E0804', 'E0808', 'E0808', 'E0911'])
    // What no stage reads is not for train.
    const training = codesIn(ofTrain(parts)).sort()
    expect(training).toEqual(['E0801', 'E0804', 'E0808', 'E0911'])
  })
})

it('a misspelt column is one error, which names all files that lack it', () => {
  writeFileSync(at('same.tsv'), files['train.tsv'])
  writeFileSync(at('named.tsv'), files['train.tsv'].replace('text\t', 'txt1\t'))
  const parts = {
    train: 'train.tsv',
    text: 'column("txt")',
    more: ', test = "named.tsv"',
    validation: 'same.tsv',
  }
  const { said } = ofCheck(parts)
  expect(codesIn(said)).toEqual(['E0802'])
  expect(said).toContain('train.tsv:1: there is no column `txt`')
  expect(said).toMatch(
    /the columns: `text`, `label`\n +the same in same\.tsv:1\n +named\.tsv:1: did you mean `txt1`\?/,
  )
  expect(ofTrain(parts)).toBe(said)
})

it('train tells an untrained teacher together with what is wrong with the data', () => {
  const parts = { train: 'unknown.tsv', weights: '' }
  const { said } = ofCheck(parts)
  expect(codesIn(said)).toEqual(['E0511', 'E0804'])
  expect(ofTrain(parts)).toBe(said)
})

describe('of a large file check reads the beginning', () => {
  const line = 'word1 word2 word3 word4'
  const large: readonly (readonly [string, (last: string) => string, Parts])[] = [
    ['tsv', (last) => `text\tlabel\n${`${line}\tgood\n`.repeat(40)}${line}\t${last}\n`, {}],
    ['csv', (last) => `text,label\n${`"${line}",good\n`.repeat(40)}"${line}",${last}\n`, {}],
    [
      'jsonl',
      (last) =>
        [...Array(40).fill('good'), last].map((label) => JSON.stringify({ text: line, label })).join('\n'),
      {},
    ],
    ['conll', (last) => `${'word1 O\n\n'.repeat(120)}word2 ${last}\n`, { label: tags }],
  ]
  it.each(large)('%s', (extension, textOf, parts) => {
    const spec = { ...held, ...parts, train: `large.${extension}` }
    const write = (last: string): void => writeFileSync(at(spec.train), textOf(last))
    write('so-so')
    // The fault lies behind the limit: train, which reads on, finds it before its first step.
    const remark = `${spec.train}: the first 1 KB of ${extension === 'jsonl' ? 3 : 2} KB were read; train reads the rest before its first step`
    const { said, remarks } = ofCheck(spec, 700)
    expect([said, remarks[0]]).toEqual(['', remark])
    expect(codesIn(ofTrain(spec))).toEqual(['E0804'])
    expect(ofCheck(spec).remarks).toEqual([])
    expect(codesIn(ofCheck(spec).said)).toEqual(['E0804'])
    // A fault before it is found.
    writeFileSync(
      at(spec.train),
      textOf('good').replace(extension === 'conll' ? ' O' : 'good', extension === 'conll' ? ' ODD' : 'odd'),
    )
    expect(codesIn(ofCheck(spec, 700).said)).toEqual(['E0804'])
  })
  it('Parquet: the row groups that lie in it', () => {
    const file = path.resolve('test/fixtures/tasks/lists.parquet')
    const parts = { ...held, train: file, text: 'column("tokens")' }
    const wrong = { ...parts, label: 'tags(column("ner_tags"), ["O", "B-X"], scheme = bio)' }
    expect(codesIn(ofCheck(wrong).said)).toEqual(['E0866'])
    expect(codesIn(ofCheck(wrong, 6000).said)).toEqual(['E0866'])
    expect(ofCheck(wrong, 100).said).toBe('')
    expect(codesIn(ofCheck({ ...parts, label: tags }, 100).said)).toEqual(['E0802'])
  })
  it('JSON of questions is not read', () => {
    const { said, remarks } = ofCheck(
      { ...held, train: 'squad.json', text: '[column("question"), column("context")]', label: 'span' },
      50,
    )
    expect([said, remarks[0]]).toEqual([
      '',
      'squad.json: JSON of 1 KB, which can only be read whole, was not read; train reads it before its first step',
    ])
  })
  it('names and shapes of weights', () => {
    const { said, remarks } = ofCheck({}, 2000)
    expect([said, remarks]).toEqual([
      '',
      [expect.stringMatching(/^model: names and shapes were read, of \d+ KB; train/)],
    ])
    expect(codesIn(ofCheck({ model: { intermediate_size: 24 } }, 2000).said)).toEqual(['E0910'])
  })
})
