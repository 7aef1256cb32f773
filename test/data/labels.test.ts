/** Labels that are taken from the training files: which, in which order, and what is wrong with others. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { labelReader } from '../../src/data/read-labels.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { perClassText } from '../../src/explain/figures.ts'
import { instanceParameters } from '../../src/explain/parameters.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'

const home = mkdtempSync(join(tmpdir(), 'labels-'))
afterAll(() => rmSync(home, { recursive: true }))
let count = 0

/** The spec with one data block in a folder of its own, with these files. */
function checked(body: string, files: Readonly<Record<string, string>>, rest = '') {
  const folder = join(home, `${count++}`)
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const path = join(folder, 'spec.distill')
  writeFileSync(path, `data d { ${body}, tokenizer = wordpiece(size = 60) }\n${rest}`)
  const { program, diagnostics } = checkFile(path, { readLabels: labelReader() })
  const said = diagnostics.map(({ code, message }) => `${code} ${message.replaceAll(`${folder}/`, '')}`)
  const label = program?.data.get('d')?.label
  return { said, program, folder, labels: label && 'labels' in label ? label.labels : undefined }
}
const table = (...labels: readonly string[]): string =>
  ['text\tlabel', ...labels.map((label, i) => `text ${i}\t${label}`), ''].join('\n')
const columns = 'text = column("text"), label = class(column("label"))'
const labelsOf = (files: Readonly<Record<string, string>>, train = '"a.tsv"') =>
  checked(`train = ${train}, ${columns}`, files).labels

describe('the labels of a class without a list', () => {
  it('are sorted by their code units, whatever the order of the rows', () => {
    expect(labelsOf({ 'a.tsv': table('b', 'a', 'Z', 'é', 'b') })).toEqual(['Z', 'a', 'b', 'é'])
  })
  it('are in the order of numbers if all are whole numbers', () => {
    expect(labelsOf({ 'a.tsv': table('10', '9', '-1', '9') })).toEqual(['-1', '9', '10'])
    expect(labelsOf({ 'a.tsv': table('10', '9', '1.5') })).toEqual(['1.5', '10', '9'])
  })
  it('are those of all training files', () => {
    const files = { 'a.tsv': table('x', 'y'), 'b.tsv': table('w'), 'c.tsv': table('unread') }
    expect(labelsOf(files, '["b.tsv", "a.tsv"]')).toEqual(['w', 'x', 'y'])
    expect(labelsOf(files, '["nosuch.tsv", "a.tsv"]')).toBeUndefined()
    expect(labelsOf(files, '"?.tsv"')).toEqual(['unread', 'w', 'x', 'y'])
  })
  it('are read from CSV and JSON lines, too', () => {
    expect(labelsOf({ 'a.csv': 'text,label\none,"b, c"\ntwo,a\n' }, '"a.csv"')).toEqual(['a', 'b, c'])
    const lines = '{"text": "one", "label": true}\n{"text": "two", "label": 0}\n'
    expect(labelsOf({ 'a.jsonl': lines }, '"a.jsonl"')).toEqual(['0', 'true'])
  })
  it('are the names of the folders of whole files', () => {
    const files = {
      'r/pos/1.txt': 'a\nfilm\n',
      'r/neg/1.txt': 'dull',
      'r/urls.txt': 'x',
      's/pos/2.txt': 'more',
    }
    const settings = 'format = files, text = column("text"), label = class(column("folder"))'
    const { program, labels } = checked(`train = "r/*/*.txt", test = "s/*/*.txt", ${settings}`, files)
    expect(labels).toEqual(['neg', 'pos'])
    const { splits } = (program && loadDataset(program, 'd')) ?? {}
    expect(splits?.get('train')?.map(({ label }) => label)).toEqual([0, 1])
    expect(splits?.get('test')?.map(({ label }) => label)).toEqual([1])
    const [one] = checked(`train = "r/pos/*.txt", ${settings}`, files).said
    expect(one).toContain('every label in column `folder` is `pos`')
  })
  it('of whole files: of many wrong ones, the first ten are told', () => {
    const classes = 'format = files, text = column("text"), label = class(column("folder"), ["neg", "pos"])'
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`r/unsup/${i}.txt`, 'a film']))
    const { program } = checked(`train = "r/*/*.txt", ${classes}`, files)
    const message = diagnosticMessage(() => program && loadDataset(program, 'd'))
    expect(message.match(/`unsup` is not one of the labels/g)).toHaveLength(10)
  })
  it('are those of its base for a derived block, whose files may have fewer', () => {
    const files = { 'a.tsv': table('x', 'y', 'z'), 'b.tsv': table('y') }
    const { program } = checked(`train = "a.tsv", ${columns}`, files, 'data e = d with { train = "b.tsv" }')
    expect(program && loadDataset(program, 'e').labels).toEqual(['x', 'y', 'z'])
    expect(
      program &&
        loadDataset(program, 'e')
          .splits.get('train')
          ?.map(({ label }) => label),
    ).toEqual([1])
  })
  it('do not contain what only another part has', () => {
    const files = { 'a.tsv': table('x', 'y'), 'dev.tsv': table('x', 'w') }
    const { program, folder } = checked(`train = "a.tsv", validation = "dev.tsv", ${columns}`, files)
    const message = diagnosticMessage(() => program && loadDataset(program, 'd'))
    expect(message).toContain(`${folder}/dev.tsv:3:8: \`w\` is not one of the labels`)
  })
})

describe('the tags of a block without a list', () => {
  const tags = (name: string, text: string) =>
    checked(`train = "${name}", text = column("tokens"), label = tags(column("tags"))`, { [name]: text })
  it('are those of its sentences', () => {
    expect(tags('a.conll', 'Anna B-PER\nsings O\n\nin O\nRome B-LOC\n').labels).toEqual([
      'B-LOC',
      'B-PER',
      'O',
    ])
    expect(tags('a.jsonl', '{"tokens": ["Anna", "S"], "tags": ["B-PER", "I-PER"]}\n').labels).toEqual([
      'B-PER',
      'I-PER',
    ])
    expect(tags('a.tsv', 'tokens\ttags\nAnna sings\tB-PER O\n').labels).toEqual(['B-PER', 'O'])
  })
  it('cannot be numbers', () => {
    const { said } = tags('a.jsonl', '{"tokens": ["Anna"], "tags": [1]}\n')
    expect(said).toEqual(['E0873 a.jsonl:1: the tag 1 is a number, and no list names it'])
  })
})

describe('the scheme of tags', () => {
  const sourceOf = (arguments_: string) => {
    const text = 'Anna B-PER\nMuster I-PER\n'
    const { said, program } = checked(
      `train = "a.conll", text = column("tokens"), label = tags(column("tags")${arguments_})`,
      { 'a.conll': text },
    )
    const label = program?.data.get('d')?.label
    return { said, scheme: label?.kind === 'tags' ? label.scheme : undefined }
  }
  it.each([
    ['"O", "B-X", "I-X"', 'bio'],
    ['"O", "B-X"', 'bio'],
    ['"I-X", "O", "I-Y"', 'io'],
    ['"O", "B-X", "I-X", "I-Y"', 'iob1'],
    ['"O", "S-X"', 'bioes'],
    ['"O", "B-X", "I-X", "E-X", "S-X"', 'bioes'],
  ])('of %s is %s', (tags, scheme) => {
    expect(sourceOf(`, [${tags}]`)).toEqual({ said: [], scheme })
  })
  it('is the one that is named', () => {
    expect(sourceOf(', ["O", "B-X", "I-X"], scheme = iob1').scheme).toBe('iob1')
    expect(sourceOf(', ["O", "B-X", "I-X"], scheme = iob2').scheme).toBe('bio')
    expect(sourceOf(', scheme = iob1').scheme).toBe('iob1')
    expect(sourceOf('').scheme).toBe('bio')
  })
  it.each([
    [', ["O", "B-X", "I-X", "I-Y"], scheme = bio', ['E0844 the tag "I-Y" is not of the scheme bio']],
    [', ["O", "B-X"], scheme = io', ['E0844 the tag "B-X" is not of the scheme io']],
    [', ["O", "B-X"], scheme = iob1', ['E0844 the tag "B-X" is not of the scheme iob1']],
    [
      ', ["O", "I-X", "E-X"], scheme = bioes',
      ['E0844 the tag "I-X" is not of the scheme bioes', 'E0844 the tag "E-X" is not of the scheme bioes'],
    ],
    [', ["O", "X"]', ['E0844 the tag "X" is not of the scheme bio']],
    [', ["O", "B-X", "E-X", "L-X"]', ['E0844 the tag "L-X" is not of the scheme bioes']],
    [', scheme = io', ['E0844 the tag "B-PER" is not of the scheme io']],
    [', scheme = bilou', ['E0142 `scheme` takes one of bio, io, iob1, iob2, bioes, found `bilou`']],
  ])('%s is refused', (arguments_, said) => {
    expect(sourceOf(arguments_).said).toEqual(said)
  })
})

describe('labels that are no classes', () => {
  const saidOf = (text: string) => checked(`train = "a.tsv", ${columns}`, { 'a.tsv': text }).said
  it.each([
    ['one label', table('x', 'x'), 'E0870 a.tsv: every label in column `label` is `x`'],
    ['no label in a row', table('x', 'y', '', 'x', ''), 'E0872 a.tsv:4: column `label` is empty'],
    [
      'many labels',
      `text\tlabel\n${Array.from({ length: 200_000 }, (_, i) => `one\t${i}`).join('\n')}`,
      'E0871 a.tsv:10002: column `label` has more than 10,000 different labels',
    ],
    ['another column', 'text\tlable\none\tx\n', 'E0802 a.tsv:1: there is no column `label`'],
    ['a short row', `${table('x', 'y')}one\n`, 'E0803 a.tsv:4: 1 field where the header has 2: `one`'],
  ])('%s is one error', (_, text, error) => {
    expect(saidOf(text)).toEqual([error])
  })
  it('are told once, though several blocks have them', () => {
    const rest = 'data e = d with { max_length = 64 }\ndata f = e with { pad = max_length }'
    const { said } = checked(`train = "a.tsv", ${columns}`, { 'a.tsv': table('x') }, rest)
    expect(said).toEqual(['E0870 a.tsv: every label in column `label` is `x`'])
  })
  it('cannot be taken from a block without training files', () => {
    const { said } = checked(`test = "a.tsv", ${columns}`, { 'a.tsv': table('x', 'y') })
    expect(said).toEqual(['E0841 data `d` has no training files to take its labels from'])
  })
})

describe('training files that are absent', () => {
  const model = `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
data e { train = "b.tsv", ${columns}, tokenizer = d.tokenizer }
student S : bert_base { heads { task = classifier(d.label) } }
student R : bert_base { heads { task = classifier(e.label) } }
stage learn { minimize cross_entropy(S.task.logits, batch.label), data = d, batch = 2, optimizer = sgd(rate = 0.1), budget = 1 steps }
`
  it('leave the number of classes open: it has a name in shapes, and fits other such numbers', () => {
    const loss = 'stage soft { minimize kl(R.task.logits, S.task.logits, over = class), batch = 2 }'
    const { said, program } = checked(`train = "a.tsv", ${columns}`, {}, `${model}${loss}`)
    expect(said).toEqual([])
    expect(program?.data.get('d')?.label).toMatchObject({ kind: 'class', origin: { data: 'd' } })
  })
  it.each([
    ['d.label == 7', false],
    ['d.label == 2', false],
    ['3 < d.label', true],
  ])('so `require %s` is not decided', (condition, holds) => {
    const text = `${model}model m = bert_base with { require ${condition} "other classes" }\nstudent W : m { heads { task = classifier(d.label) } }\n`
    const files = { 'a.tsv': table('x', 'y', 'z', 'v'), 'b.tsv': table('x', 'y', 'z', 'v') }
    expect(checked(`train = "a.tsv", ${columns}`, {}, text).said).toEqual([])
    const { said } = checked(`train = "a.tsv", ${columns}`, files, text)
    expect(said).toHaveLength(holds ? 0 : 1)
    if (!holds) expect(said.join()).toContain('other classes')
  })
  it('so parameters of heads are counted per class', () => {
    const files = { 'a.tsv': table('x', 'y', 'z'), 'b.tsv': table('x', 'y') }
    const [open, known] = [{}, files].map((there) => {
      const { program } = checked(`train = "a.tsv", ${columns}`, there, model)
      const student = program?.instances.get('S')
      if (!program || !student) throw new Error('the spec has errors')
      return instanceParameters(program, student)
    })
    expect(open).toMatchObject({ heads: 0, per_class: 769 })
    expect(known).toMatchObject({ heads: 3 * 769, per_class: 0 })
    expect(known?.total).toBe((open?.total ?? 0) + 3 * 769)
    expect(perClassText(109_482_240, 769)).toBe('109,482,240 + 769 per class')
    expect([perClassText(0, 769), perClassText(5, 0)]).toEqual(['769 per class', '5'])
  })
  it('so an error about the shape says that name', () => {
    const loss = 'loss wrong = mse(S.task.logits, S.hidden[1])'
    const { said } = checked(`train = "a.tsv", ${columns}`, {}, `${model}${loss}`)
    expect(said.join()).toContain('[example, class d.label]')
  })
  it.each([
    'cross_entropy(S.task.logits, batch.label, weights = [1, 2, 3])',
    'mean(pick(S.task.logits, class = 3))',
    'kl(S.task.logits, T.task.logits, over = class)',
    'kl(S.task.logits, P.task.logits, over = class)',
    'd.label * mean(S.task.logits)',
    '(if d.label == 2 then 1 else 2) * mean(S.task.logits)',
    'cross_entropy(P.task.logits, one_hot(batch.label, classes = d.label))',
  ])('and %s asks for the file', (loss) => {
    const teacher = [3, 2]
      .map((n) => `teacher ${n === 3 ? 'T' : 'P'} : bert_base { heads { task = classifier(${n}) } }\n`)
      .join('')
    const { said } = checked(`train = "a.tsv", ${columns}`, {}, `${model}${teacher}\nloss wrong = ${loss}`)
    expect(said).toEqual(['E0848 the number of labels of data `d` is read from a.tsv, which is not there'])
  })
})
