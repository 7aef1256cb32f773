import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadTokenizer } from '../../src/data/tokenizer/load-tokenizer.ts'
import { normalization } from '../../src/data/tokenizer/normalize.ts'
import { makeVocabulary, saveVocabulary } from '../../src/data/tokenizer/vocabulary.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'distill-vocabulary-'))
afterAll(() => rmSync(folder, { recursive: true }))

const loadVocabulary = (...given: Parameters<typeof loadTokenizer>) => {
  const tokenizer = loadTokenizer(...given)
  if (tokenizer.kind !== 'wordpiece') throw new Error(tokenizer.kind)
  return { vocabulary: tokenizer.vocabulary, normalization: tokenizer.normalization }
}

const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', '##b', '!']
function model(name: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(path.join(folder, name), { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, name, file), text)
  return path.join(folder, name)
}
const list = `${pieces.join('\n')}\n`
const json = (parts: object, normalizer?: object): string =>
  JSON.stringify({
    normalizer,
    model: { type: 'WordPiece', vocab: Object.fromEntries(pieces.map((p, i) => [p, i])), ...parts },
  })

describe('a vocabulary', () => {
  it('is read alike from a folder, its vocab.txt, and tokenizer.json', () => {
    const plain = model('plain', { 'vocab.txt': list })
    const other = model('json', { 'tokenizer.json': json({}) })
    const windows = model('windows', { 'vocab.txt': list.replaceAll('\n', '\r\n') })
    const places = [plain, path.join(plain, 'vocab.txt'), other, path.join(other, 'tokenizer.json'), windows]
    for (const place of places) {
      const { vocabulary } = loadVocabulary(place)
      expect(vocabulary).toEqual(loadVocabulary(plain).vocabulary)
      expect(vocabulary.pieces).toEqual(pieces)
    }
  })

  it('knows its special pieces wherever they are', () => {
    const vocabulary = makeVocabulary(['x', '[MASK]', '[SEP]', '[PAD]', '[CLS]', '[UNK]'], 'test')
    const { padding, unknown, classify, separate, mask } = vocabulary
    expect([padding, unknown, classify, separate, mask]).toEqual([3, 5, 4, 2, 1])
  })

  it('has an identity: its pieces in their order', () => {
    const identity = makeVocabulary(pieces, 'a').identity
    expect(makeVocabulary([...pieces], 'b').identity).toBe(identity)
    expect(makeVocabulary([...pieces.slice(0, 5), '##b', 'a', '!'], 'c').identity).not.toBe(identity)
  })

  it('lowers the case unless the folder or the spec says otherwise', () => {
    const config = (text: string) =>
      loadVocabulary(model('config', { 'vocab.txt': list, 'tokenizer_config.json': text })).normalization
    expect(loadVocabulary(model('silent', { 'vocab.txt': list })).normalization).toEqual(normalization(true))
    expect(config('{"do_lower_case": false}')).toEqual(normalization(false))
    expect(config('{"do_lower_case": true, "strip_accents": false}')).toEqual({
      ...normalization(true),
      stripAccents: false,
    })
    expect(config('{"do_lower_case": false, "tokenize_chinese_chars": false}').splitIdeographs).toBe(false)
    const cased = model('cased', {
      'tokenizer.json': json({}, { type: 'BertNormalizer', lowercase: false, strip_accents: null }),
    })
    expect(loadVocabulary(cased).normalization).toEqual(normalization(false))
    expect(loadVocabulary(cased, { lowercase: true }).normalization).toEqual(normalization(true))
  })

  it('takes added tokens from tokenizer.json', () => {
    const text = JSON.stringify({ ...JSON.parse(json({})), added_tokens: [{ id: 8, content: '<extra>' }] })
    expect(loadVocabulary(model('added', { 'tokenizer.json': text })).vocabulary.pieces[8]).toBe('<extra>')
  })

  it('is written as Hugging Face reads it, and read back', () => {
    const loaded = { vocabulary: makeVocabulary(pieces, 'test'), normalization: normalization(false) }
    const place = path.join(folder, 'saved/deep')
    saveVocabulary(place, loaded)
    expect(readFileSync(path.join(place, 'vocab.txt'), 'utf8')).toBe(list)
    expect(JSON.parse(readFileSync(path.join(place, 'tokenizer_config.json'), 'utf8'))).toMatchObject({
      do_lower_case: false,
    })
    expect(loadVocabulary(place)).toEqual(loaded)
  })
})
