/** What augmentation makes of texts when it is known which words may stand in place of which: the words, the draws, the copies, the files of vectors. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { AugmentSpec } from '../../src/check/example-specs.ts'
import { augmentRows, type Choices } from '../../src/data/augmentation/augment-rows.ts'
import { placeWords } from '../../src/data/augmentation/placed-words.ts'
import { readWordVectors } from '../../src/data/augmentation/word-vectors.ts'
import type { TextRow } from '../../src/data/rows/form.ts'
import { normalization } from '../../src/data/tokenizer/normalize.ts'
import { specialPieces } from '../../src/data/tokenizer/vocabulary.ts'
import { wordPieceTokenizer } from '../../src/data/tokenizer/wordpiece.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { block, file, files, span } from './blocks.ts'

const home = mkdtempSync(join(tmpdir(), 'augmentation-'))
afterAll(() => rmSync(home, { recursive: true }))

const pieces = [
  ...specialPieces,
  'a',
  'fine',
  'film',
  'cafe',
  'don',
  "'",
  't',
  'go',
  '##od',
  'the',
  '!',
  'war',
  '##saw',
]
const tokenizer = (lowercase: boolean) =>
  wordPieceTokenizer(
    { pieces, padding: 0, unknown: 1, classify: 2, separate: 3, mask: 4, identity: 'test' },
    normalization(lowercase),
  )

describe('words that may be replaced', () => {
  const wordsIn = (text: string, lowercase = true) =>
    placeWords(text, tokenizer(lowercase)).words.map(({ begin, end, word, piece }) => [
      text.slice(begin, end),
      word,
      piece,
    ])
  it('are those of letters that are no stop words; a word of several pieces has none of its own', () => {
    expect(wordsIn("A fine  FILM, don't go: 3D good!")).toEqual([
      ['fine', 'fine', 1],
      ['FILM', 'film', 2],
      ['go', 'go', 7],
      ['good', 'good', undefined],
    ])
  })
  it('lose accents where the tokenizer strips them, and are left alone where it does not', () => {
    expect(wordsIn('the café')).toEqual([['café', 'cafe', 1]])
    expect(wordsIn('the café', false)).toEqual([])
  })
})

const augment: AugmentSpec = { probability: 0.4, candidates: 3, copies: 20, besideOriginal: true, span }
const spec = block({ name: 'texts', train: files('train.tsv') })
const choices = (text: string, candidates: readonly string[]): Choices => {
  const { words } = placeWords(text, tokenizer(true))
  return { words, candidates: words.map(({ word }) => candidates.map((one) => `${word}${one}`)) }
}
const row = (...texts: readonly string[]): TextRow => ({ file: 'train.tsv', line: 2, texts, label: 1 })
const augmented = (rows: readonly TextRow[], seed = 0, change: Partial<AugmentSpec> = {}) => [
  ...augmentRows(rows, spec, { ...augment, ...change }, seed, (text) => choices(text, ['x', 'y', 'z'])),
]

describe('copies', () => {
  it('begin with the original, differ from each other, and have its label, file and line', () => {
    const rows = augmented([row('a fine film'), row('go, good go!')])
    expect(rows[0]).toEqual(row('a fine film'))
    const texts = rows.map(({ texts: [text] }) => text)
    expect(new Set(texts).size).toBe(texts.length)
    expect(rows.every(({ label, line }) => label === 1 && line === 2)).toBe(true)
    expect(texts.indexOf('go, good go!')).toBeGreaterThan(5)
  })
  it('are the same for the same seed, others for another', () => {
    const rows = [row('a fine film, fine good film go')]
    expect(augmented(rows, 3)).toEqual(augmented(rows, 3))
    expect(augmented(rows, 3)).not.toEqual(augmented(rows, 4))
    // A row keeps its copies when rows come after it.
    expect(augmented([...rows, row('go')], 3).slice(0, 10)).toEqual(augmented(rows, 3).slice(0, 10))
  })
  it('change nothing but words, each by one of its candidates', () => {
    const word = fc.constantFrom(
      'fine',
      'film',
      'Good',
      'the',
      'go',
      '1,5',
      "don't",
      ' ',
      '...',
      'Straße',
      'x9',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 9 }), fc.integer({ min: 0, max: 99 }), (parts, seed) => {
        const text = parts.join(' ')
        const pattern = text
          .split(/\b(fine|film|Good|go)\b/)
          .map((part, i) =>
            i % 2 === 1
              ? `(?:${part}|${part.toLowerCase()}[xyz])`
              : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
          )
          .join('')
        for (const { texts } of augmented([row(text)], seed))
          expect(texts[0]).toMatch(new RegExp(`^${pattern}$`, 'u'))
      }),
    )
  })
  it('replace as many words as the probability says', () => {
    const long = Array.from({ length: 40 }, () => 'film').join(' ')
    for (const probability of [0.1, 0.4, 0.9]) {
      const copies = augmented([row(long)], 1, { probability, copies: 200 }).slice(1)
      const replaced = copies.map(({ texts }) => (texts[0]?.match(/film[xyz]/g) ?? []).length)
      const share = replaced.reduce((sum, n) => sum + n, 0) / (40 * copies.length)
      expect(share).toBeGreaterThan(probability - 0.02)
      expect(share).toBeLessThan(probability + 0.02)
    }
  })
  it('leave out what a model proposes of the word itself, and texts without candidates', () => {
    const rows = [row('a fine film')]
    const same = (text: string): Choices => ({
      words: placeWords(text, tokenizer(true)).words,
      candidates: [['Fine'], []],
    })
    expect([...augmentRows(rows, spec, augment, 0, same)]).toEqual(rows)
    expect([...augmentRows(rows, spec, augment, 0, () => undefined)]).toEqual(rows)
  })
  it('of a pair change one text at a time', () => {
    const rows = augmented([row('fine film', 'good go')]).slice(1)
    const [first, second] = [0, 1].map((side) =>
      rows.filter(({ texts }) => texts[side] !== ['fine film', 'good go'][side]),
    )
    expect(first?.length).toBeGreaterThan(3)
    expect(second?.length).toBeGreaterThan(3)
    expect((first?.length ?? 0) + (second?.length ?? 0)).toBe(rows.length)
  })
  it('of tagged words keep every tag at its word, and words with a tag other than O', () => {
    const names = block({
      name: 'names',
      label: { kind: 'tags', column: 'tags', labels: ['O', 'B-place'], scheme: 'bio', span },
    })
    const tagged: TextRow = {
      ...row('fine warsaw film go!'),
      words: ['fine', 'warsaw', 'film', 'go!'],
      tags: [0, 1, 0, 0],
    }
    const rows = [...augmentRows([tagged], names, augment, 0, (text) => choices(text, ['x']))]
    expect(rows.length).toBeGreaterThan(2)
    for (const { words, tags, texts } of rows) {
      expect(words).toHaveLength(4)
      expect([words?.[1], words?.[3], tags]).toEqual(['warsaw', 'go!', [0, 1, 0, 0]])
      expect(texts).toEqual([words?.join(' ')])
    }
  })
})

describe('word vectors', () => {
  const write = (name: string, text: string) => {
    writeFileSync(join(home, name), text)
    return file(join(home, name))
  }
  const problemOf = (name: string, text: string) => {
    const reference = write(name, text)
    try {
      readWordVectors(reference)
    } catch (error) {
      if (error instanceof DiagnosticError)
        return error.diagnostics.map(({ code, message }) => `${code} ${message.replace(`${home}/`, '')}`)
      throw error
    }
    return []
  }
  it('are read from text, each of length 1', () => {
    const { words, dimensions, values } = readWordVectors({
      path: resolve('test/fixtures/augmentation/vectors.txt'),
      span,
    })
    expect(words.slice(0, 3)).toEqual(['the', 'film', 'movie'])
    expect(dimensions).toBe(4)
    expect(Math.hypot(...values.subarray(4, 8))).toBeCloseTo(1, 6)
    expect([...values.subarray(36)]).toEqual([0, 0, 0, 0])
  })
  it('may have a line that counts them, words with spaces, and blank lines at the end', () => {
    const { words, dimensions } = readWordVectors(
      write('counted.vec', '3 2\nfilm 1 0\n. . . 0 1\nmovie 1 1\n\n'),
    )
    expect([words, dimensions]).toEqual([['film', '. . .', 'movie'], 2])
  })
  it('are read from the JSON of wink-embeddings, which has more numbers than dimensions', () => {
    const vectors = { the: [3, 4, 5, 0], '"': [0, 1, 1, 1], 'back\\slash': [1, 0, 1, 2] }
    const json = write(
      'wink.json',
      JSON.stringify({ size: 3, dimensions: 2, words: Object.keys(vectors), vectors, unkVector: [0] }),
    )
    const { words, dimensions, values } = readWordVectors(json)
    expect([words, dimensions]).toEqual([['the', '"', 'back\\slash'], 2])
    expect(values[0]).toBeCloseTo(0.6, 6)
  })
  it('are read across the pieces in which a file comes', () => {
    const long = Array.from({ length: 60_000 }, (_, i) => [`wörd${i}`, [i, 1, 2]] as const)
    const text = readWordVectors(
      write('long.txt', long.map(([word, v]) => `${word} ${v.join(' ')}\n`).join('')),
    )
    const json = readWordVectors(write('long.json', JSON.stringify({ vectors: Object.fromEntries(long) })))
    expect(text.words).toHaveLength(60_000)
    expect(json.words.join()).toBe(text.words.join())
    expect(Buffer.compare(Buffer.from(json.values.buffer), Buffer.from(text.values.buffer))).toBe(0)
    expect(readWordVectors(file(join(home, 'long.txt')), 5).words).toEqual(text.words.slice(0, 5))
  })
  it('are refused where they are wrong, with the place', () => {
    expect(problemOf('short.txt', 'film 1 0\nmovie 1\n')).toEqual([
      'E0820 short.txt:2: `movie` has 1 of the 2 numbers that words before it have',
    ])
    expect(problemOf('words.txt', 'film 1 0\nmovie 1 x\n')).toEqual([
      'E0820 words.txt:2: number 2 of `movie` cannot be read',
    ])
    expect(problemOf('empty.txt', '')).toEqual(['E0820 empty.txt: it holds no word vectors'])
    expect(problemOf('no-numbers.txt', 'film\n')).toEqual(['E0820 no-numbers.txt: it holds no word vectors'])
    expect(problemOf('other.json', '{"words": ["a"]}')).toEqual([
      'E0820 other.json: it is JSON, but has no table `vectors` of words',
    ])
    expect(problemOf('cut.json', '{"vectors":{"a":[1,2],"b":[1')).toEqual([
      'E0820 cut.json: the table `vectors` ends early',
    ])
    expect(() => readWordVectors(file(join(home, 'none.txt')))).toThrow(/no file/)
  })
})
