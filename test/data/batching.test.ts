import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeBatch, planEpoch, planEvaluation, splitMicrobatches } from '../../src/data/batching.ts'
import type { Batch, Example } from '../../src/data/dataset.ts'
import { makeVocabulary, specialPieces } from '../../src/data/tokenizer/vocabulary.ts'

const vocabulary = makeVocabulary(
  [...specialPieces, ...Array.from({ length: 95 }, (_, i) => `p${i}`)],
  'test',
)

/** Examples of the given lengths; token i of example n is 5 + (7 n + i) mod 95. */
function examplesOf(lengths: readonly number[]): readonly Example[] {
  return lengths.map((length, id) => ({
    id: 1000 + id,
    tokens: Int32Array.from({ length }, (_, i) =>
      i === 0 ? 2 : i === length - 1 ? 3 : 5 + ((7 * id + i) % 95),
    ),
    segments: Int32Array.from({ length }, (_, i) => (i > length / 2 ? 1 : 0)),
    firstPiece: Uint8Array.from({ length }, (_, i) => (i > 0 && i < length - 1 && i % 3 !== 0 ? 1 : 0)),
    label: id % 4,
    file: 'test.tsv',
    line: id + 2,
  }))
}

const options = { batch: 8, seed: 3, stage: 'distil', epoch: 0, group: 'length' } as const
const pick = (examples: readonly Example[], indices: Int32Array): readonly Example[] =>
  Array.from(indices, (i) => examples[i]).filter((example) => example !== undefined)
const flat = (plan: readonly Int32Array[]): readonly number[] => plan.flatMap((indices) => [...indices])

describe('the plan of an epoch', () => {
  const examples = examplesOf(Array.from({ length: 1003 }, (_, i) => 3 + ((i * i) % 41)))

  it('has every example once, the last batch smaller or left out', () => {
    for (const group of ['length', 'none'] as const) {
      const plan = planEpoch(examples, { ...options, group })
      expect([...flat(plan)].sort((a, b) => a - b)).toEqual(examples.map((_, i) => i))
      expect(plan.map((indices) => indices.length).sort((a, b) => a - b)).toEqual([3, ...Array(125).fill(8)])
      const dropped = planEpoch(examples, { ...options, group, partial: 'drop' })
      expect(dropped.every((indices) => indices.length === 8)).toBe(true)
      expect(dropped).toHaveLength(125)
    }
  })

  it('leaves out other examples in each epoch, long and short ones alike', () => {
    const lengths = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((epoch) => {
      const used = new Set(flat(planEpoch(examples, { ...options, epoch, partial: 'drop' })))
      return examples.filter((_, i) => !used.has(i)).map(({ tokens }) => tokens.length)
    })
    expect(lengths).toHaveLength(8 * 3)
    const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length
    const all = mean(examples.map(({ tokens }) => tokens.length))
    expect(Math.abs(mean(lengths) - all)).toBeLessThan(0.25 * all)
    expect(new Set(lengths).size).toBeGreaterThan(5)
  })

  it('is the same for the same seed, stage and epoch, and another for others', () => {
    const plan = flat(planEpoch(examples, options))
    expect(flat(planEpoch(examples, options))).toEqual(plan)
    for (const other of [{ epoch: 1 }, { seed: 4 }, { stage: 'teach' }]) {
      const same = flat(planEpoch(examples, { ...options, ...other })).filter(
        (index, i) => index === plan[i],
      ).length
      expect(same).toBeLessThan(20)
    }
  })

  it('by length pads little; without, more', () => {
    const padded = (group: 'length' | 'none'): number =>
      planEpoch(examples, { ...options, group }).reduce((sum, indices) => {
        const batch = makeBatch(pick(examples, indices), vocabulary, { pad: 'longest', maxLength: 64 })
        return sum + batch.B * batch.L - batch.liveTokens
      }, 0)
    expect(padded('length')).toBeLessThan(padded('none') / 8)
  })

  it('does not run from short to long', () => {
    const lengths = planEpoch(examples, options).map(
      (indices) => pick(examples, indices)[0]?.tokens.length ?? 0,
    )
    const rises = lengths.slice(1).filter((length, i) => length >= (lengths[i] ?? 0)).length
    expect(rises).toBeGreaterThan(40)
    expect(rises).toBeLessThan(90)
  })

  it('for evaluation is every example, sorted by length', () => {
    const plan = planEvaluation(examples, 32)
    const lengths = flat(plan).map((i) => examples[i]?.tokens.length ?? 0)
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b))
    expect([...flat(plan)].sort((a, b) => a - b)).toEqual(examples.map((_, i) => i))
  })
})

describe('a batch', () => {
  it('is padded to its longest example', () => {
    const batch = makeBatch(examplesOf([3, 5]), vocabulary, { pad: 'longest', maxLength: 9, label: 'class' })
    expect([batch.B, batch.L, batch.liveTokens]).toEqual([2, 5, 8])
    const values = Object.fromEntries(
      [...batch.inputs].map(([name, tensor]) => [name, tensor.data.join(' ')]),
    )
    expect(values).toEqual({
      tokens: '2 6 3 0 0 2 13 14 15 3',
      segments: '0 0 1 0 0 0 0 0 1 1',
      places: '0 1 2 3 4',
      attended: '1 1 1 0 0 1 1 1 1 1',
      first_piece: '0 1 0 0 0 0 1 1 0 0',
      sample: '1000 1001',
      'batch.label': '0 1',
    })
    expect(
      [...batch.inputs].map(([name, { dtype, shape }]) => `${name} ${dtype}[${shape}]`),
    ).toMatchInlineSnapshot(`
      [
        "tokens i32[2,5]",
        "segments i32[2,5]",
        "places i32[5]",
        "attended bool[2,5]",
        "first_piece bool[2,5]",
        "sample i32[2]",
        "batch.label i32[2]",
      ]
    `)
  })

  it('or to max_length, as published code pads', () => {
    const batch = makeBatch(examplesOf([3, 5]), vocabulary, {
      pad: 'max_length',
      maxLength: 9,
      label: 'number',
    })
    expect([batch.L, batch.inputs.get('tokens')?.data.length]).toEqual([9, 18])
    expect(batch.inputs.get('batch.label')).toEqual({ dtype: 'f32', shape: [2], data: Float32Array.of(0, 1) })
  })
})

describe('an example without a target', () => {
  const [bare, labelled] = examplesOf([4, 4]).map((one, i) => {
    const { label: _, ...rest } = one
    return i === 0 ? rest : one
  })
  const of = (name: string, options: Partial<Parameters<typeof makeBatch>[2]>) =>
    makeBatch(bare && labelled ? [bare, labelled] : [], vocabulary, {
      pad: 'longest',
      maxLength: 8,
      ...options,
    }).inputs.get(name)?.data

  it('has no class: -100, which no loss counts, and not the first class', () => {
    expect(of('batch.label', { label: 'class' })).toEqual(Int32Array.of(-100, 1))
  })

  it('has no number: NaN, which no loss survives unnoticed', () => {
    expect(of('batch.label', { label: 'number' })).toEqual(Float32Array.of(Number.NaN, 1))
  })
})

describe('micro-batches', () => {
  const lengths = fc.array(fc.integer({ min: 2, max: 12 }), { minLength: 1, maxLength: 9 })
  const row = (batch: Batch, name: string, i: number, length: number): readonly number[] => {
    const tensor = batch.inputs.get(name)
    return [...(tensor?.data.subarray(i * batch.L, i * batch.L + length) ?? [])]
  }

  it('hold the rows of the batch, masks and all, each padded to its own longest', () => {
    const masking = {
      probability: 0.3,
      replace: [0.8, 0.1, 0.1],
      wholeWord: false,
      ngrams: 1,
      smoothing: 0.7,
    } as const
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 10 }), (sizes, size) => {
        const examples = examplesOf(sizes)
        const key = { seed: 0, stage: 's', step: 5 }
        const batch = makeBatch(examples, vocabulary, {
          pad: 'longest',
          maxLength: 16,
          label: 'class',
          masking,
          key,
        })
        const parts = splitMicrobatches(batch, size)
        expect(parts.map((part) => part.B)).toEqual(
          Array.from({ length: Math.ceil(sizes.length / size) }, (_, i) =>
            Math.min(size, sizes.length - i * size),
          ),
        )
        expect(parts.reduce((sum, part) => sum + part.liveTokens, 0)).toBe(batch.liveTokens)
        for (const [p, part] of parts.entries()) {
          expect(part.L).toBe(Math.max(...sizes.slice(p * size, p * size + size)))
          for (let i = 0; i < part.B; i++) {
            const length = sizes[p * size + i] ?? 0
            for (const name of [
              'tokens',
              'segments',
              'attended',
              'first_piece',
              'batch.original',
              'masked',
            ]) {
              expect(row(part, name, i, length)).toEqual(row(batch, name, p * size + i, length))
            }
          }
          for (const { shape, data } of part.inputs.values())
            expect(data).toHaveLength(shape.reduce((n, d) => n * d, 1))
        }
      }),
    )
  })

  it('keep the length of the batch where it is padded to max_length', () => {
    const batch = makeBatch(examplesOf([3, 5, 4]), vocabulary, { pad: 'max_length', maxLength: 9 })
    expect(splitMicrobatches(batch, 2, 'max_length').map((part) => [part.B, part.L])).toEqual([
      [2, 9],
      [1, 9],
    ])
  })
})
