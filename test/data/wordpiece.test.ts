import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { bertNormalizer, bertPreTokenizer, type Tokenizer } from 'tokenizers'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Normalization, normalization, wordsOf } from '../../src/data/tokenizer/normalize.ts'
import { trainWordPiece } from '../../src/data/tokenizer/train-wordpiece.ts'
import { wordPieceTokenizer } from '../../src/data/tokenizer/wordpiece.ts'
import { readGlosses } from '../../src/data/wordnet.ts'
import { rustTokenizer } from './rust-tokenizer.ts'

const languages = readFileSync(new URL('../fixtures/texts/languages.txt', import.meta.url), 'utf8').split(
  '\n',
)
/** Letters whose canonical decomposition came with Unicode 16, after the reference's tables. */
const decomposedSince16 =
  /[\u{105c9}\u{105e4}\u{11383}\u{11385}\u{1138e}\u{11391}\u{113c5}\u{113c7}\u{113c8}\u{11938}\u{16121}-\u{16128}\u{16d68}-\u{16d6a}]/u

const ways: readonly [string, Normalization][] = [
  ['uncased', normalization(true)],
  ['cased', normalization(false)],
  ['lower case with accents', { lowercase: true, stripAccents: false, splitIdeographs: true }],
  ['ideographs joined', { lowercase: false, stripAccents: true, splitIdeographs: false }],
]

describe.each(ways)('against the Rust tokenizers, %s', (_, how) => {
  const texts: string[] = []
  let rust: Tokenizer
  let own: ReturnType<typeof wordPieceTokenizer>
  beforeAll(() => {
    const glosses = readGlosses()
      .filter((_, i) => i % 20 === 0)
      .map((gloss) => gloss.text)
    texts.push(...languages, ...glosses)
    const vocabulary = trainWordPiece([...languages, ...glosses], {
      size: 3000,
      normalization: how,
      source: 'test',
    })
    rust = rustTokenizer(vocabulary.pieces, how)
    own = wordPieceTokenizer(vocabulary, how)
  })

  it('every id of every line is equal', async () => {
    const expected = await rust.encodeBatch(texts)
    let ids = 0
    let unknown = 0
    for (const [i, text] of texts.entries()) {
      const encoded = [...own.encode(text)]
      expect(encoded, text).toEqual(expected[i]?.getIds())
      ids += encoded.length
      unknown += encoded.filter((id) => id === 1).length
    }
    expect(ids).toBeGreaterThan(70_000)
    expect(unknown).toBeLessThan(ids / 100)
    expect(unknown).toBeGreaterThan(0)
  })

  it('and of texts made up', async () => {
    const characters = [...new Set(`${languages.join('')}#[]CLSa 　\u{10ffff}`)]
    const text = fc.array(
      fc.oneof(fc.constantFrom(...characters), fc.string({ unit: 'binary', maxLength: 3 })),
      { maxLength: 40 },
    )
    const samples = fc.sample(text, { numRuns: 1500, seed: 7 }).map((parts) => parts.join(''))
    const comparable = samples.filter((sample) => !decomposedSince16.test(sample))
    const expected = await rust.encodeBatch(comparable)
    for (const [i, sample] of comparable.entries()) {
      expect([...own.encode(sample)], JSON.stringify(sample)).toEqual(expected[i]?.getIds())
    }
  })
})

describe('the basic tokenizer', () => {
  it('agrees on every code point, alone between letters', () => {
    const normalizer = bertNormalizer({
      cleanText: true,
      handleChineseChars: true,
      stripAccents: true,
      lowercase: true,
    })
    const splitter = bertPreTokenizer()
    const wrong: string[] = []
    for (let first = 0; first < 0x110000; first += 64) {
      if (first >= 0xd800 && first < 0xe000) continue
      const block = Array.from({ length: 64 }, (_, i) => String.fromCodePoint(first + i)).filter(
        (c) => !decomposedSince16.test(c),
      )
      // Many at once, each between letters, so that the comparison takes seconds.
      const text = block.map((c) => `a${c}b`).join(' ')
      const expected = splitter.preTokenizeString(normalizer.normalizeString(text)).map(([word]) => word)
      const own = text.split(/ (?=a)/).flatMap((part) => wordsOf(part, normalization(true)))
      if (own.join('\u0000') !== expected.join('\u0000')) wrong.push(first.toString(16))
    }
    expect(wrong).toEqual([])
  })

  it('drops halves of surrogate pairs, as the reference does the replacement character', () => {
    expect(wordsOf('a\ud800b\udc00', normalization(true))).toEqual(['ab'])
  })
})

describe('pieces', () => {
  const make = (...pieces: string[]) => {
    const all = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...pieces]
    const vocabulary = {
      pieces: all,
      padding: 0,
      unknown: 1,
      classify: 2,
      separate: 3,
      mask: 4,
      identity: 'x',
    }
    return wordPieceTokenizer(vocabulary, normalization(true))
  }

  it('are the longest first', () => {
    const tokenizer = make('un', '##aff', '##able', '##a', 'una')
    expect([...tokenizer.encode('unaffable UNAFF unaffabled')]).toEqual(
      [9, 1, 5, 6, 1].slice(0, 0).concat([1, 1, 1]),
    )
    expect([...make('un', '##aff', '##able').encode('unaffable UNAFF unaffabled')]).toEqual([
      5, 6, 7, 5, 6, 1,
    ])
  })

  it('begin a word or continue it', () => {
    const tokenizer = make('un', '##aff', '#')
    expect([...tokenizer.beginsWord]).toEqual([0, 1, 0, 0, 0, 1, 0, 1])
  })

  it('of a word of more than 100 characters are unknown', () => {
    const tokenizer = make('a', '##a', '𝒻', '##𝒻')
    expect(tokenizer.encode('a'.repeat(100))).toHaveLength(100)
    expect([...tokenizer.encode('a'.repeat(101))]).toEqual([1])
    expect(tokenizer.encode('𝒻'.repeat(100))).toHaveLength(100)
  })
})
