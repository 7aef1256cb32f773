import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { modelBytes } from '../data/sentencepiece-fixture.ts'
import { check, instance, program } from './spec-text.ts'

const data = (settings: string) => {
  const found = program(`data d { ${settings} }`).data.get('d')
  if (found === undefined) throw new Error('no data')
  return found
}
const base = 'train = "train.tsv", text = column("text"), tokenizer = "weights/bert"'

describe('settings', () => {
  test('defaults', () => {
    const spec = data(base)
    expect(spec).toMatchObject({
      name: 'd',
      format: 'by-extension',
      text: { kind: 'column', column: 'text' },
      tokenizer: { kind: 'folder' },
      maxLength: 128,
      pad: 'longest',
      group: 'length',
    })
    expect(spec.mask).toBeUndefined()
    expect(spec.label).toBeUndefined()
    expect(spec.validation).toBeUndefined()
  })
  test('paths are relative to the file and filled from settings', () => {
    const checked = check(
      `setting task = "sst2"\ndata d { train = "data/{task}/train.tsv", text = lines, tokenizer = "weights/bert" }`,
    )
    expect(checked.codes).toEqual([])
    const spec = checked.program?.data.get('d')
    expect(spec?.train?.[0]?.path).toBe(join(checked.folder, 'data/sst2/train.tsv'))
    expect(spec?.format).toBe('text')
  })
  test('masking', () => {
    expect(data(`${base}, mask { }`).mask).toEqual({
      probability: 0.15,
      replace: [0.8, 0.1, 0.1],
      wholeWord: false,
      ngrams: 1,
    })
    const full = `mask { probability = 20%, replace = [100%, 0, 0], smoothing = 0.7, whole_word = true, ngrams = 3, maximum = 20 }`
    expect(data(`${base}, ${full}`).mask).toEqual({
      probability: 0.2,
      replace: [1, 0, 0],
      smoothing: 0.7,
      wholeWord: true,
      ngrams: 3,
      maximum: 20,
    })
  })
  test('pairs, numbers, tags, spans', () => {
    const pair = data(`${base.replace('column("text")', '[column("a"), column("b")]')}`)
    expect(pair.text).toMatchObject({ kind: 'pair', columns: ['a', 'b'] })
    expect(data(`${base}, label = number(column("score"))`).label).toMatchObject({
      kind: 'number',
      column: 'score',
    })
    expect(
      data(`${base}, label = tags(column("t"), ["O", "B-PER", "I-PER"], scheme = bio)`).label,
    ).toMatchObject({ kind: 'tags', labels: ['O', 'B-PER', 'I-PER'], scheme: 'bio' })
    const asked = base.replace('column("text")', '[column("question"), column("context")]')
    expect(data(`${asked}, label = span`).label).toMatchObject({ kind: 'span', stride: 128, question: 64 })
    const given = data(`${asked}, label = span(stride = 32, question = 16)`).label
    expect(given).toMatchObject({ kind: 'span', stride: 32, question: 16 })
  })
  test('a label file is read where it is there, and not missed where it is not', () => {
    const text = `data d { ${base}, label = class(column("label"), file("labels.txt")) }`
    expect(program(text).data.get('d')?.label).toMatchObject({ kind: 'class', column: 'label' })
    expect(program(text, { 'labels.txt': 'noun\nverb\n' }).data.get('d')?.label).toMatchObject({
      labels: ['noun', 'verb'],
    })
  })
  test('augmentation is kept', () => {
    const text = `
      import { bert_base } from "std/bert.distill"
      import { masked_lm } from "std/heads.distill"
      teacher G : bert_base { heads { mlm = masked_lm(tied = embedding.word) } }
      data d { ${base}, augment { proposals = G.mlm, vectors = "glove.txt", probability = 40%, candidates = 15, copies = 20 } }`
    expect(program(text).data.get('d')?.augment).toMatchObject({
      proposals: { instance: 'G', head: 'mlm' },
      vectors: { path: expect.stringMatching(/glove\.txt$/) },
      probability: 0.4,
      candidates: 15,
      copies: 20,
    })
  })
})

describe('one block with another', () => {
  const two = (second: string) =>
    program(`data a { ${base}, max_length = 64, mask { ngrams = 3 } }\n${second}`)
  test('settings are replaced singly, nested ones too', () => {
    const b = two('data b = a with { max_length = 32, mask { probability = 30% } }').data.get('b')
    expect(b).toMatchObject({
      maxLength: 32,
      mask: { probability: 0.3, ngrams: 3 },
      text: { column: 'text' },
    })
  })
  test('batches without groups, and with them again', () => {
    expect(data(`${base}, group = none`).group).toBe('none')
    const { data: blocks } = program(
      `data a { ${base}, group = none }\ndata b = a with { pad = max_length }\ndata c = a with { group = length }`,
    )
    expect(['b', 'c'].map((name) => blocks.get(name)?.group)).toEqual(['none', 'length'])
  })
  test('names of columns, for tables without a header and no other files', () => {
    const named = (settings: string) => check(`data d { ${settings}, columns = ["id", "text"] }`)
    expect(named(base).program?.data.get('d')?.columns).toEqual(['id', 'text'])
    expect(named(base.replace('train.tsv', 'train.dat').concat(', format = csv')).codes).toEqual([])
    for (const wrong of [
      base.replace('train.tsv', 'train.jsonl'),
      `${base}, validation = "dev.parquet"`,
      `${base}, format = jsonl`,
      base.replace('column("text")', 'lines'),
    ])
      expect(named(wrong).codes).toEqual(['E0863'])
    expect(check(`data d { ${base}, columns = "id" }`).codes).toEqual(['E0142'])
    expect(check(`data d { ${base}, columns = [] }`).codes).toEqual(['E0142'])
    expect(check(`data d { ${base}, columns = ["id", 2] }`).codes).toEqual(['E0110'])
  })
  test('none takes a setting away', () => {
    const b = program(
      `data a { ${base}, label = class(column("l"), ["x", "y"]) }\ndata b = a with { label = none }`,
    ).data.get('b')
    expect(b?.label).toBeUndefined()
  })
  test('an inherited tokenizer is the same vocabulary, another block may be named', () => {
    const data = program(`
      data a { train = "a.txt", text = lines, tokenizer = wordpiece(size = 500) }
      data b = a with { train = "b.txt" }
      data c { train = "c.txt", text = lines, tokenizer = b.tokenizer }
      data e { train = "c.txt", text = lines, tokenizer = wordpiece(size = 500) }`).data
    const names = ['a', 'b', 'c', 'e'].map((name) => data.get(name)?.vocabulary.name)
    expect(names).toEqual(['vocabulary a', 'vocabulary a', 'vocabulary a', 'vocabulary e'])
    expect(data.get('c')?.tokenizer).toMatchObject({ kind: 'wordpiece', size: 500, data: 'a' })
  })
})

describe('members', () => {
  const model = (vocabulary: string, extra = '') => `
    import { bert_base } from "std/bert.distill"
    import { classifier } from "std/heads.distill"
    ${extra}
    model small = bert_base with { layers = 1, hidden_size = 12, vocabulary = ${vocabulary} }
    student S : small { heads { task = classifier(d.label) } }`
  const labels = 'label = class(column("label"), ["no", "yes", "perhaps"])'
  test('a label set is its size, with an identity', () => {
    const S = instance(
      program(
        model(
          'd.vocabulary',
          `data d { train = "a.tsv", text = column("t"), tokenizer = wordpiece(size = 600), ${labels} }`,
        ),
      ),
      'S',
    )
    expect(S.parameters.find(({ path }) => path === 'task.logits.weight')?.shape).toEqual([3, 12])
    expect(S.parameters.find(({ path }) => path === 'embedding.word.weight')?.shape).toEqual([600, 12])
    expect(S.vocabulary?.name).toBe('vocabulary d')
    const axis = S.taps.get('task.logits')?.axes.find(({ axis }) => axis === 'class')
    expect(axis?.identity).toMatchObject({ name: 'labels d.label', anonymous: false })
  })
  test('the size of a vocabulary folder is read where it is there', () => {
    const text = model('d.vocabulary', `data d { ${base}, ${labels} }`)
    const twice = `${text}\nmodel again = bert_base with { vocabulary = d.vocabulary }\n`
    expect([text, twice].map((one) => check(one).codes)).toEqual([['E0848'], ['E0848']])
    const S = instance(program(text, { 'weights/bert/vocab.txt': '[PAD]\n[UNK]\nthe\n' }), 'S')
    expect(S.parameters[0]?.shape[0]).toBe(3)
    const json = JSON.stringify({ model: { vocab: { '[PAD]': 0, '[UNK]': 1 } } })
    const T = instance(program(text, { 'weights/bert/tokenizer.json': json }), 'S')
    expect(T.parameters[0]?.shape[0]).toBe(2)
  })
  test('a damaged SentencePiece model says no size', () => {
    const text = model('d.vocabulary', `data d { ${base}, ${labels} }`)
    const pieces = modelBytes()
    for (const damaged of [
      pieces.slice(0, -1),
      pieces.slice(0, 0),
      Buffer.from([0x0f]),
      Buffer.from([0x0a, 0xff]),
    ])
      expect(check(text, { 'weights/bert/spiece.model': damaged }).codes).toEqual(['E0848'])
  })
})
