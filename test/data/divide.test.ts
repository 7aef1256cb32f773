/** Shares of the training files: right for each class, the same in every run, and nothing in two parts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { DataSpec } from '../../src/check/program.ts'
import { splitNames } from '../../src/check/splits.ts'
import { Divisions } from '../../src/data/divide.ts'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { readRows, readTexts } from '../../src/data/read-texts.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'
import { block, classes, files, programOf, span } from './blocks.ts'

const home = mkdtempSync(join(tmpdir(), 'divide-'))
afterAll(() => rmSync(home, { recursive: true }))
let count = 0
function write(...rows: readonly string[]): string {
  const path = join(home, `${count++}.tsv`)
  writeFileSync(path, `sentence\tlabel\tauthor\n${rows.join('\n')}\n`)
  return path
}
const take = (share: number) => ({ share, span })
const labels = ['a', 'b', 'c', 'd']
function spec(place: string, parts: Partial<DataSpec>): DataSpec {
  return block({ name: 'd', train: files(place), label: classes(...labels), ...parts })
}
const textsOf = (data: DataSpec, split: 'train' | 'validation' | 'test'): string[] =>
  readRows(data, split).map(({ texts }) => texts.join())
/** How many of each class. */
function counts(data: DataSpec, split: 'train' | 'validation' | 'test'): number[] {
  const all = readRows(data, split).map(({ label }) => label)
  return labels.map((_, k) => all.filter((label) => label === k).length)
}
/** `sizes[k]` different texts of class k; each author has three. */
const rowsOf = (sizes: readonly number[]): string[] =>
  sizes.flatMap((size, k) =>
    Array.from({ length: size }, (_, i) => `text ${k} ${i}\t${labels[k]}\tauthor ${Math.floor(i / 3)}`),
  )

describe('a share of the training files', () => {
  const place = write(...rowsOf([100, 50, 11, 1]))
  const data = spec(place, { validation: take(0.2), test: take(0.1) })

  it('has its share of each class; a single example stays in training', () => {
    expect(counts(data, 'validation')).toEqual([20, 10, 2, 0])
    expect(counts(data, 'test')).toEqual([10, 5, 1, 0])
    expect(counts(data, 'train')).toEqual([70, 35, 8, 1])
  })

  it('has its share of low and high numbers', () => {
    const rows = Array.from({ length: 200 }, (_, i) => `text ${i}\t${i < 180 ? i / 1000 : 10 * i}\tx`)
    const prices = spec(write(...rows), {
      label: { kind: 'number', column: 'label', span },
      validation: take(0.2),
    })
    const tenths = readRows(prices, 'validation').map(({ texts }) =>
      Math.floor(Number(texts[0]?.slice(5)) / 20),
    )
    for (let k = 0; k < 10; k++) expect(tenths.filter((tenth) => tenth === k)).toHaveLength(4)
  })

  it('is computed once for all that read the files', () => {
    const rows = readRows(spec(place, {}), 'train')
    let read = 0
    const counted = rows.map((row) => ({
      ...row,
      get texts() {
        read++
        return row.texts
      },
    }))
    const divisions = new Divisions()
    const first = divisions.divide(data, counted, true)
    expect(read).toBeGreaterThan(0)
    read = 0
    expect(divisions.divide(data, counted, true)).toEqual(first)
    expect(read).toBe(0)
    expect(new Divisions().divide(data, rows, true).get('validation')).toEqual(readRows(data, 'validation'))
    // Other rows of the block are divided anew.
    divisions.divide(data, counted.slice(1), true)
    expect(read).toBeGreaterThan(0)
  })

  it('has the right sum where each class is small', () => {
    const small = write(...Array.from({ length: 20 }, (_, i) => `text ${i}\t${i >> 1}\tx`))
    const names = Array.from({ length: 10 }, (_, i) => `${i}`)
    const tiny = spec(small, { label: classes(...names), validation: take(0.2) })
    expect(readRows(tiny, 'validation')).toHaveLength(4)
    expect(new Set(readRows(tiny, 'train').map(({ label }) => label)).size).toBe(10)
  })

  it('leaves an example of each class for training, also if most are taken or all have one text', () => {
    const rows = [...rowsOf([8, 1]), ...Array.from({ length: 4 }, () => 'same\tc\tx')]
    const most = spec(write(...rows), { validation: take(0.7) })
    expect(counts(most, 'train').map((one) => one > 0)).toEqual([true, true, true, false])
    expect(counts(most, 'validation').slice(1, 3)).toEqual([0, 0])
  })

  it('contains every row in exactly one part, in the order of the file', () => {
    const all = splitNames.flatMap((split) => textsOf(data, split))
    expect(all.toSorted()).toEqual(textsOf(spec(place, {}), 'train').toSorted())
    const lines = readRows(data, 'validation').map(({ line }) => line)
    expect(lines).toEqual(lines.toSorted((a, b) => a - b))
  })

  it('is the same for other names of blocks and files, and for another order of the rows', () => {
    const backwards = write(...rowsOf([100, 50, 11, 1]).toReversed())
    const other = {
      ...spec(backwards, { validation: take(0.2), test: take(0.1) }),
      name: 'longer',
      maxLength: 9,
    }
    expect(textsOf(other, 'validation').toSorted()).toEqual(textsOf(data, 'validation').toSorted())
  })

  it('is another one with another seed of the block', () => {
    const again = { ...data, seed: 1 }
    expect(counts(again, 'validation')).toEqual([20, 10, 2, 0])
    expect(textsOf(again, 'validation')).not.toEqual(textsOf(data, 'validation'))
  })

  it('is the same for readers that need no labels: the tokenizer reads training texts only', () => {
    expect([...readTexts(data)]).toEqual(textsOf(data, 'train'))
  })

  it('becomes a split of the dataset', () => {
    const { splits } = loadDataset(programOf({ ...data, tokenizer: { ...data.tokenizer } }), 'd')
    expect([...splits].map(([name, { length }]) => [name, length])).toEqual([
      ['train', 114],
      ['validation', 32],
      ['test', 16],
    ])
  })

  it('that is empty is an error', () => {
    const pair = spec(write('one\ta\tx', 'two\tb\tx'), { validation: take(0.2) })
    expect(diagnosticMessage(() => readRows(pair, 'validation'))).toContain(
      '20% of the 2 examples of data `d` leave none for validation',
    )
  })
})

describe('rows that belong together', () => {
  it('are never in two parts if their texts are the same but for capitals and spaces', () => {
    const rows = Array.from({ length: 60 }, (_, i) => [
      `A film ${i}\ta\tx`,
      `a  FILM ${i} \ta\tx`,
      `other ${i}\tb\tx`,
    ]).flat()
    const data = spec(write(...rows), { validation: take(0.2), test: take(0.2) })
    const keys = splitNames.map(
      (split) => new Set(textsOf(data, split).map((one) => one.toLowerCase().replace(/\s+/g, ' ').trim())),
    )
    expect(keys.reduce((sum, { size }) => sum + size, 0)).toBe(120)
    expect(counts(data, 'validation').slice(0, 2)).toEqual([24, 12])
  })

  const authors = (data: DataSpec, split: 'train' | 'validation' | 'test') =>
    new Set(readRows(data, split).map(({ group }) => group))

  it('are never in two parts if `by` has one value there, and shares are close', () => {
    const data = spec(write(...rowsOf([300, 150, 60, 30])), {
      validation: take(0.2),
      by: { column: 'author', span },
    })
    const [train, held] = [authors(data, 'train'), authors(data, 'validation')]
    expect(held.size).toBeGreaterThan(0)
    expect([...held].filter((author) => train.has(author))).toEqual([])
    const taken = counts(data, 'validation')
    for (const [k, size] of [300, 150, 60, 30].entries())
      expect(Math.abs((taken[k] ?? 0) - 0.2 * size)).toBeLessThanOrEqual(6)
  })

  it('without a value are groups of their own', () => {
    const rows = Array.from({ length: 50 }, (_, i) => `text ${i}\ta\t`)
    const data = spec(write(...rows), { validation: take(0.2), by: { column: 'author', span } })
    expect(readRows(data, 'validation')).toHaveLength(10)
  })

  it('join over texts and authors', () => {
    const rows = ['one\ta\tx', 'two\ta\tx', 'two\ta\ty', 'three\ta\ty', ...rowsOf([40])]
    const data = spec(write(...rows), { validation: take(0.25), by: { column: 'author', span } })
    const parts = splitNames.filter((split) =>
      textsOf({ ...data }, split).some((text) => ['one', 'two', 'three'].includes(text)),
    )
    expect(parts).toHaveLength(1)
  })
})

describe('a limit', () => {
  it('is a random sample of the training examples, the same each time', () => {
    const place = write(...rowsOf([100, 100]))
    const whole = spec(place, { validation: take(0.2) })
    const data = { ...whole, limit: 40 }
    const sampled = textsOf(data, 'train')
    expect(sampled).toHaveLength(40)
    expect(textsOf(whole, 'train').filter((text) => sampled.includes(text))).toEqual(sampled)
    expect(
      counts(data, 'train')
        .slice(0, 2)
        .every((one) => one > 10),
    ).toBe(true)
    expect(textsOf(data, 'train')).toEqual(sampled)
    expect(textsOf(data, 'validation')).toEqual(textsOf(whole, 'validation'))
    expect(textsOf({ ...data, seed: 5 }, 'train')).not.toEqual(sampled)
    expect(textsOf({ ...whole, limit: 1000 }, 'train')).toEqual(textsOf(whole, 'train'))
  })
})

describe('several files', () => {
  it('are read in the order of the spec, each once', () => {
    const [a, b] = [write('one\ta\tx'), write('two\tb\tx')]
    const both = spec(a, {
      train: files(b, a, `${a.slice(0, -4)}*`),
    })
    expect(textsOf(both, 'train')).toEqual(['two', 'one'])
  })
  it('that are missing are told, each', () => {
    const data = spec('none', { train: files(join(home, 'none.tsv'), join(home, 'nosuch.tsv')) })
    const message = diagnosticMessage(() => readRows(data, 'train'))
    expect(message).toContain('2 files are missing')
  })
})
