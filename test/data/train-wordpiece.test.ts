import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalization, wordsOf } from '../../src/data/tokenizer/normalize.ts'
import { trainWordPiece } from '../../src/data/tokenizer/train-wordpiece.ts'
import { wordPieceTokenizer } from '../../src/data/tokenizer/wordpiece.ts'
import { readGlosses } from '../../src/data/wordnet.ts'

const how = normalization(true)
const train = (texts: readonly string[], size: number) =>
  trainWordPiece(texts, { size, normalization: how, source: 'test' }).pieces

/** The same rule without any cleverness: count all pairs of all words anew at each step. */
function obviousPieces(texts: readonly string[], size: number): readonly string[] {
  const words = texts
    .flatMap((text) => wordsOf(text, how))
    .map((word) => [...word].map((c, i) => (i === 0 ? c : `##${c}`)))
  const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...[...new Set(words.flat())].sort()]
  while (pieces.length < size) {
    const counts = new Map<string, number>()
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]} ${word[i]}`
        counts.set(pair, (counts.get(pair) ?? 0) + 1)
      }
    }
    const order = ([a, m]: [string, number], [b, n]: [string, number]): number => {
      const [a1 = '', a2 = ''] = a.split(' ')
      const [b1 = '', b2 = ''] = b.split(' ')
      return n - m || (a1 === b1 ? (a2 < b2 ? -1 : 1) : a1 < b1 ? -1 : 1)
    }
    const [best] = [...counts].sort(order)
    if (best === undefined || best[1] < 2) break
    const [left = '', right = ''] = best[0].split(' ')
    const joined = left + right.slice(2)
    if (!pieces.includes(joined)) pieces.push(joined)
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++)
        if (word[i] === left && word[i + 1] === right) word.splice(i, 2, joined)
    }
  }
  for (let n = 0; pieces.length < size; n++) pieces.push(`[unused${n}]`)
  return pieces
}

describe('training', () => {
  it('gives what the obvious algorithm gives', () => {
    const glosses = readGlosses()
      .filter((_, i) => i % 800 === 0)
      .map((gloss) => gloss.text)
    expect(train(glosses, 400)).toEqual(obviousPieces(glosses, 400))
  })

  it('also for words of few letters, where pairs overlap and pieces arise in two ways', () => {
    const word = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 })
      .map((letters) => letters.join(''))
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
        const text = [words.join(' ')]
        expect(train(text, 60)).toEqual(obviousPieces(text, 60))
      }),
      { numRuns: 300, seed: 11 },
    )
  })

  it('gives the same whatever the order of the texts', () => {
    const texts = readFileSync(new URL('../fixtures/texts/languages.txt', import.meta.url), 'utf8').split(
      '\n',
    )
    expect(train([...texts].reverse(), 1200)).toEqual(train(texts, 1200))
  })

  it('has exactly the size asked for, and can write its own text', () => {
    const glosses = readGlosses()
      .filter((_, i) => i % 40 === 0)
      .map((gloss) => gloss.text)
    const vocabulary = trainWordPiece(glosses, { size: 2000, normalization: how, source: 'test' })
    expect(vocabulary.pieces).toHaveLength(2000)
    expect(vocabulary.pieces.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'])
    const tokenizer = wordPieceTokenizer(vocabulary, how)
    expect(glosses.some((text) => tokenizer.encode(text).includes(vocabulary.unknown))).toBe(false)
  })

  it('fills up a vocabulary that the text cannot, and refuses one that is too small', () => {
    expect(train(['ab ab'], 12)).toEqual([
      ...'[PAD] [UNK] [CLS] [SEP] [MASK] ##b a ab'.split(' '),
      ...[0, 1, 2, 3].map((n) => `[unused${n}]`),
    ])
    expect(() => train(['abc'], 7)).toThrow(
      'E0810: a vocabulary of 7 pieces is too small for the text of `test`',
    )
  })
})
