import { describe, expect, it } from 'vitest'
import type { MaskingSpec } from '../../src/check/example-specs.ts'
import { makeBatch } from '../../src/data/batching.ts'
import type { Batch, Example } from '../../src/data/dataset.ts'
import { type MaskingKey, ngramLength } from '../../src/data/masking.ts'
import { makeVocabulary, specialPieces } from '../../src/data/tokenizer/vocabulary.ts'

const size = 505
const vocabulary = makeVocabulary(
  [...specialPieces, ...Array.from({ length: 500 }, (_, i) => `p${i}`)],
  'test',
)
const bert: MaskingSpec = { probability: 0.15, replace: [0.8, 0.1, 0.1], wholeWord: false, ngrams: 1 }

/** [CLS] body [SEP]; a piece is the first of its word where its place is a multiple of `pieces`. */
function example(
  id: number,
  length: number,
  pieces = 1,
  token = (i: number) => 5 + ((id * 31 + i * 17) % 500),
): Example {
  const inner = (i: number): boolean => i > 0 && i < length - 1
  return {
    id,
    tokens: Int32Array.from({ length }, (_, i) => (i === 0 ? 2 : i === length - 1 ? 3 : token(i))),
    segments: new Int32Array(length),
    firstPiece: Uint8Array.from({ length }, (_, i) => (inner(i) && (i - 1) % pieces === 0 ? 1 : 0)),
    file: 'x',
    line: id,
  }
}

const many = Array.from({ length: 64 }, (_, id) => example(id, 20 + (id % 30)))
const at = (step: number, more: Partial<MaskingKey> = {}): MaskingKey => ({
  seed: 1,
  stage: 'general',
  step,
  ...more,
})
const mask = (
  examples: readonly Example[],
  masking: MaskingSpec,
  key: MaskingKey,
  counts?: ArrayLike<number>,
): Batch =>
  makeBatch(examples, vocabulary, {
    pad: 'longest',
    maxLength: 64,
    masking,
    key,
    ...(counts === undefined ? {} : { counts }),
  })
const numbers = (batch: Batch, name: string): readonly number[] => [...(batch.inputs.get(name)?.data ?? [])]
const places = (batch: Batch): readonly number[] =>
  numbers(batch, 'masked').flatMap((m, i) => (m === 1 ? [i] : []))

/** The masked positions and what was put there, of each example by id. */
function byExample(batch: Batch): Readonly<Record<number, string>> {
  const tokens = numbers(batch, 'tokens')
  const masked = numbers(batch, 'masked')
  return Object.fromEntries(
    batch.examples.map((one, row) => {
      const shown = Array.from(one.tokens, (_, i) =>
        masked[row * batch.L + i] === 1 ? `${i}:${tokens[row * batch.L + i]}` : '',
      )
      return [one.id, shown.filter((text) => text !== '').join(' ')]
    }),
  )
}

describe.each<[string, MaskingSpec]>([
  ['BERT', bert],
  ['ALBERT', { ...bert, wholeWord: true, ngrams: 3, maximum: 20 }],
  ['DistilBERT', { ...bert, smoothing: 0.7 }],
  ['DistilBERT with whole words', { ...bert, smoothing: 0.7, wholeWord: true }],
])('%s masking', (_, masking) => {
  it('never takes a special piece or padding, and says what stood there', () => {
    const batch = mask(many, masking, at(0))
    const original = numbers(batch, 'batch.original')
    const plain = numbers(makeBatch(many, vocabulary, { pad: 'longest', maxLength: 64 }), 'tokens')
    const tokens = numbers(batch, 'tokens')
    const taken = new Set(places(batch))
    expect(taken.size).toBeGreaterThan(100)
    for (const [i, id] of plain.entries()) {
      expect(original[i]).toBe(taken.has(i) ? id : -100)
      if (taken.has(i)) expect(id).toBeGreaterThanOrEqual(5)
      else expect(tokens[i]).toBe(id)
    }
  })

  it('never takes a piece that stands for an unknown word, nor [MASK] and the like inside a text', () => {
    const { padding, unknown, classify, separate, mask: masks } = vocabulary
    const special = [unknown, masks, separate, classify, padding]
    const examples = many.map(({ id }) =>
      example(id, 32, 1, (i) => (i % 2 ? special[id % 5] : undefined) ?? 50 + i),
    )
    for (let step = 0; step < 5; step++) {
      const taken = numbers(mask(examples, masking, at(step)), 'batch.original').filter((id) => id !== -100)
      expect(taken.length).toBeGreaterThan(100)
      expect(taken.filter((id) => special.includes(id))).toEqual([])
    }
  })

  it('replaces 80% by [MASK], keeps 10%, and puts any piece for 10%', () => {
    const counts = { mask: 0, keep: 0, random: 0 }
    for (let step = 0; step < 40; step++) {
      const batch = mask(many, masking, at(step))
      const tokens = numbers(batch, 'tokens')
      const original = numbers(batch, 'batch.original')
      for (const i of places(batch)) {
        if (tokens[i] === vocabulary.mask) counts.mask++
        else if (tokens[i] === original[i]) counts.keep++
        else counts.random++
      }
    }
    const total = counts.mask + counts.keep + counts.random
    expect(total).toBeGreaterThan(8_000)
    // Six standard deviations of a share of 8,000 are 0.027 and 0.020.
    expect(Math.abs(counts.mask / total - 0.8)).toBeLessThan(0.027)
    expect(Math.abs(counts.keep / total - 0.1)).toBeLessThan(0.02)
    expect(Math.abs(counts.random / total - 0.1)).toBeLessThan(0.02)
  })

  it('is the same when a step is run again, whatever the order of the rows; another at another step', () => {
    const first = byExample(mask(many, masking, at(3)))
    expect(byExample(mask([...many].reverse(), masking, at(3)))).toEqual(first)
    for (const other of [at(4), at(3, { seed: 2 }), at(3, { stage: 'task' })]) {
      expect(byExample(mask(many, masking, other))).not.toEqual(first)
    }
  })
})

describe('how many', () => {
  it('DistilBERT: a share of all tokens of the batch, rounded up', () => {
    const total = many.reduce((sum, one) => sum + one.tokens.length, 0)
    expect(places(mask(many, { ...bert, smoothing: 0.7 }, at(0)))).toHaveLength(Math.ceil(0.15 * total))
  })

  it('BERT: a share of each example, rounded, one at least and `maximum` at most', () => {
    const examples = [example(0, 3), example(1, 20), example(2, 40)]
    const count = (masking: MaskingSpec) =>
      Object.values(byExample(mask(examples, masking, at(0)))).map((text) => text.split(' ').length)
    expect(count(bert)).toEqual([1, 3, 6])
    expect(count({ ...bert, maximum: 2 })).toEqual([1, 2, 2])
  })

  it('an example of special pieces alone has none', () => {
    const batch = mask([example(0, 2)], bert, at(0))
    expect(places(batch)).toEqual([])
  })
})

describe('which', () => {
  it('rare pieces more often, by count^-smoothing', () => {
    // Half of the tokens are piece 5 (seen 10,000 times), half piece 6 (seen once): weights 1 : 0.0016.
    const examples = Array.from({ length: 40 }, (_, id) => example(id, 52, 1, (i) => 5 + (i % 2)))
    const counts = new Float64Array(size)
    counts[5] = 10_000
    const shares = [0.7, 0.1, 0].map((smoothing) => {
      const original = numbers(
        mask(examples, { ...bert, probability: 0.1, smoothing }, at(0), counts),
        'batch.original',
      )
      const taken = original.filter((id) => id >= 0)
      return taken.filter((id) => id === 6).length / taken.length
    })
    expect(shares[0]).toBeGreaterThan(0.97)
    // 10,000^-0.1 is 0.4: about 1 / 1.4 of the first draws.
    expect(Math.abs((shares[1] ?? 0) - 0.7)).toBeLessThan(0.1)
    expect(Math.abs((shares[2] ?? 0) - 0.5)).toBeLessThan(0.1)
  })

  it('whole words', () => {
    const examples = Array.from({ length: 30 }, (_, id) => example(id, 38, 3))
    for (const masking of [
      { ...bert, wholeWord: true },
      { ...bert, wholeWord: true, smoothing: 0.7 },
    ]) {
      const batch = mask(examples, masking, at(0))
      const masked = numbers(batch, 'masked')
      let words = 0
      for (let row = 0; row < batch.B; row++) {
        for (let word = 1; word + 2 < batch.L - 1; word += 3) {
          const parts = [0, 1, 2].map((i) => masked[row * batch.L + word + i])
          expect(new Set(parts).size).toBe(1)
          words += parts[0] ?? 0
        }
      }
      expect(words).toBeGreaterThan(25)
    }
  })

  it('n-grams of 1, 2, 3 words with shares 6, 3, 2 of 11', () => {
    const counts = [0, 0, 0, 0]
    const draws = 11_000
    for (let i = 0; i < draws; i++) {
      const n = ngramLength(3, () => (i + 0.5) / draws, 0, 0, 0)
      counts[n] = (counts[n] ?? 0) + 1
    }
    expect(counts).toEqual([0, 6000, 3000, 2000])
  })

  it('n-grams lie side by side, and never take more than the share', () => {
    const examples = Array.from({ length: 500 }, (_, id) => example(id, 60))
    const alone = (ngrams: number): number => {
      const taken = places(mask(examples, { ...bert, probability: 0.05, ngrams }, at(0)))
      expect(taken).toHaveLength(3 * examples.length)
      const set = new Set(taken)
      return taken.filter((i) => !set.has(i - 1) && !set.has(i + 1)).length
    }
    expect(alone(3)).toBeLessThan(alone(1) * 0.7)
  })

  it('by epoch and example alone, where the key has an epoch', () => {
    const whole = byExample(mask(many, bert, at(7, { epoch: 2 })))
    const parts = [many.slice(0, 20), many.slice(20)].map((part, i) =>
      byExample(mask(part, bert, at(50 + i, { epoch: 2 }))),
    )
    expect({ ...parts[0], ...parts[1] }).toEqual(whole)
  })
})
