/** What `check` takes for the size of a vocabulary is the number of pieces that the tokenizer has, in each form of its file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { vocabularySize } from '../../src/check/data-tokenizer.ts'
import { loadTokenizer } from '../../src/data/tokenizer/load-tokenizer.ts'
import { span } from './blocks.ts'
import { modelBytes } from './sentencepiece-fixture.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'distill-size-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', '##b']
const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]))
const special = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }
const wordpiece = (added: readonly object[]): string =>
  JSON.stringify({ model: { type: 'WordPiece', vocab }, added_tokens: added })
const unigram = (added: readonly object[]): string =>
  JSON.stringify({
    model: { type: 'Unigram', unk_id: 1, vocab: pieces.map((piece, id) => [piece, -id]) },
    added_tokens: added.map((token) => ({ ...special, ...token })),
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  })
const repeated = { id: 0, content: '[PAD]' }
const further = { id: pieces.length, content: '[USER]' }

it.each([
  ['vocab.txt', pieces.length, pieces.join('\n')],
  ['vocab.txt', pieces.length, `${pieces.join('\r\n')}\r\n`],
  ['vocab.txt', pieces.length, `${pieces.join('\n')}\n\n\n`],
  ['tokenizer.json', pieces.length, wordpiece([])],
  ['tokenizer.json', pieces.length, wordpiece([repeated])],
  ['tokenizer.json', pieces.length + 1, wordpiece([repeated, further])],
  ['tokenizer.json', pieces.length + 1, unigram([repeated, further])],
  ['spiece.model', undefined, modelBytes()],
] as const)('%s: %s', (name, size, content) => {
  const place = path.join(folder, name)
  writeFileSync(place, content)
  const read = (file: string): string => readFileSync(file, 'utf8')
  const found = vocabularySize({ read, bytes: readFileSync }, { kind: 'folder', file: { path: place, span } })
  expect(found).toBe(loadTokenizer(place).vocabulary.pieces.length)
  expect(found).toBe(size ?? found)
})
