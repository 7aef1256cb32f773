import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { readParquet } from '../../src/data/read-parquet.ts'
import { readTable } from '../../src/data/read-table.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { block, classes, files, programOf, span } from './blocks.ts'

/** Written by hyparquet-writer 0.17.0: 40 rows in row groups of 16, strings in a dictionary. */
const fixture = (name: string): string => path.resolve('test/fixtures/tasks', name)
const folder = mkdtempSync(path.join(tmpdir(), 'distill-parquet-'))
afterAll(() => rmSync(folder, { recursive: true }))

function problemOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof DiagnosticError)
      return error.diagnostics.map(({ code, message, help }) => `${code} ${message} | ${help}`).join('\n')
    throw error
  }
  return ''
}

describe('Parquet', () => {
  it('texts, whole numbers, fractions and truth values become text, in all row groups', () => {
    const { columns, rows } = readTable(fixture('snappy.parquet'), 'by-extension')
    expect(columns).toEqual(['text', 'label', 'count', 'big', 'score', 'single', 'true'])
    expect(rows).toHaveLength(40)
    for (const [i, { line, fields }] of rows.entries()) {
      expect(line).toBe(i + 1)
      expect(fields).toEqual([
        i === 3 ? '' : `Satz ${i} – 東京 🙂 "quoted"\tand tab`,
        ['good', 'bad'][i % 2],
        `${i - 20}`,
        // beyond what a double holds
        `${9007199254740993n + BigInt(i)}`,
        `${i / 8}`,
        `${i / 4}`,
        `${i % 3 === 0}`,
      ])
    }
  })
  it('is read compressed with gzip, whatever its name', () => {
    const place = path.join(folder, 'data.bin')
    writeFileSync(place, readFileSync(fixture('gzip.parquet')))
    expect(readTable(place, 'parquet').rows).toEqual(
      readTable(fixture('snappy.parquet'), 'parquet').rows.map(({ line, fields }) => ({
        line,
        fields: fields.slice(0, 3),
      })),
    )
  })
  it('gives a data block its texts and labels', () => {
    const train = files(fixture('snappy.parquet'))
    const text = { kind: 'column', column: 'text', span } as const
    const set = loadDataset(programOf(block({ name: 'd', train, text, label: classes('bad', 'good') })), 'd')
    expect(set.splits.get('train')?.map(({ label }) => label)).toEqual(
      Array.from({ length: 40 }, (_, i) => 1 - (i % 2)),
    )
    const label = { kind: 'number', column: 'score', span } as const
    const numbers = loadDataset(programOf(block({ name: 'd', train, text, label })), 'd')
    expect(numbers.splits.get('train')?.[39]?.label).toBe(39 / 8)
  })
  it('columns of lists are refused by name, the others are read', () => {
    const nested = files(fixture('nested.parquet'))
    const of = (column: string) =>
      loadDataset(
        programOf(
          block({
            name: 'd',
            train: nested,
            text: { kind: 'column', column, span },
            tokenizer: { kind: 'wordpiece', size: 9, lowercase: true, data: 'd', span },
          }),
        ),
        'd',
      )
    expect(problemOf(() => of('tokens'))).toMatch(
      /^E0818 column `tokens` of .*nested.parquet` holds lists \| columns that can be read here: text; lists are words and tags, /,
    )
    expect(of('text').splits.get('train')).toHaveLength(2)
    expect(problemOf(() => of('txt'))).toMatch(/^E0802 /)
  })
  it('another compression is named', () => {
    expect(problemOf(() => readParquet(fixture('zstd.parquet')))).toMatch(
      /^E0807 .*zstd.parquet: it cannot be read as Parquet: .*ZSTD.* \| write it again/,
    )
  })
  it('a file cut short or with a damaged footer is refused or read, never worse', () => {
    const whole = readFileSync(fixture('snappy.parquet'))
    const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8)
    const place = path.join(folder, 'damaged.parquet')
    const codes = new Set<string>()
    const attempt = (bytes: Buffer): void => {
      writeFileSync(place, bytes)
      codes.add(problemOf(() => readTable(place, 'by-extension')).slice(0, 5))
    }
    for (const length of [0, 3, 8, 100, whole.length - 9, whole.length - 1])
      attempt(whole.subarray(0, length))
    expect([...codes]).toEqual(['E0807'])
    fc.assert(
      fc.property(
        fc.integer({ min: footer, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, by) => {
          const bytes = Buffer.from(whole)
          bytes[at] = ((bytes[at] ?? 0) + by) % 256
          attempt(bytes)
        },
      ),
      { numRuns: 300, seed: 1 },
    )
    expect([...codes].every((code) => ['', 'E0806', 'E0807'].includes(code))).toBe(true)
  })
})
