import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { readParquet } from '../../src/data/read-parquet.ts'
import { readRows } from '../../src/data/read-texts.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'
import { block, files, programOf, span } from './blocks.ts'

/** Of another library than the one that reads: `test/fixtures/tasks/README.md`. */
const fixtures = ['lists.parquet', 'lists-v2.parquet'].map((name) =>
  path.resolve('test/fixtures/tasks', name),
)
const [grouped = '', paged = ''] = fixtures
const folder = mkdtempSync(path.join(tmpdir(), 'distill-lists-'))
afterAll(() => rmSync(folder, { recursive: true }))

const names = ['O', 'B-loc', 'I-loc']
const length = (row: number): number => (row === 5 ? 0 : 1 + (row % 4))
const wordsOf = (row: number): string[] =>
  Array.from({ length: length(row) }, (_, k) => (k === 0 ? `Wort${row}` : ['東京', '#', '🙂'][k % 3]) ?? '')
const tagsOf = (row: number): number[] => Array.from({ length: length(row) }, (_, k) => (row + k) % 3)
const expected = Array.from({ length: 40 }, (_, row) => [row + 1, wordsOf(row), tagsOf(row)])

const spec = (place: string, tags: string, tokens = 'tokens', labels: readonly string[] = names) =>
  block({
    name: 'd',
    train: files(place),
    text: { kind: 'column', column: tokens, span },
    label: { kind: 'tags', column: tags, labels, scheme: 'bio', span },
  })
const rowsOf = (...args: Parameters<typeof spec>) =>
  readRows(spec(...args), 'train').map(({ line, words, tags }) => [line, words, tags])
const messageOf = (...args: Parameters<typeof spec>): string =>
  diagnosticMessage(() => rowsOf(...args)).replaceAll(path.dirname(grouped), '.')
const helpOf = (...args: Parameters<typeof spec>): string | undefined => {
  try {
    rowsOf(...args)
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics[0]?.help
    throw error
  }
  return undefined
}

describe('lists in Parquet', () => {
  it.each(fixtures)('are words, and tags as indices or names: %s', (place) => {
    for (const tags of ['ner_tags', 'small_tags', 'named']) expect(rowsOf(place, tags)).toEqual(expected)
    // A list that is null is as one without items.
    expect(rowsOf(place, 'ner_tags', 'absent')).toEqual(expected)
  })
  it('give a data block its examples, and a tokenizer its words', () => {
    const { splits, vocabulary } = loadDataset(programOf(spec(grouped, 'ner_tags')), 'd')
    const example = splits.get('train')?.[1]
    const pieces = Array.from(example?.tokens ?? [], (id) => vocabulary.pieces[id])
    expect([pieces[0], pieces.at(-2), pieces.at(-1)]).toEqual(['[CLS]', '#', '[SEP]'])
    expect(Array.from(example?.tags ?? []).filter((tag) => tag >= 0)).toEqual(tagsOf(1))
  })
  it('a number is a name where a tag reads as a number', () => {
    const renamed = rowsOf(grouped, 'ner_tags', 'tokens', ['2', '1', '0'])
    expect(renamed.map(([, , tags]) => tags)).toEqual(
      expected.map((_, row) => tagsOf(row).map((tag) => 2 - tag)),
    )
  })
  it('an index beyond the tags is told with its row and word', () => {
    expect(messageOf(grouped, 'beyond')).toBe(
      'E0866: ./lists.parquet:19: the tag of word 3 is 3, and there are 3 tags',
    )
    expect(helpOf(grouped, 'beyond')).toBe(
      'numbers count the tags from 0: 0 is `O`, 2 is `I-loc`; also in line 23',
    )
    const jsonl = path.join(folder, 'n.jsonl')
    writeFileSync(jsonl, '{"tokens": ["a", "b"], "ner_tags": [0, 2]}\n{"tokens": ["c"], "ner_tags": [1.5]}\n')
    expect(messageOf(jsonl, 'ner_tags')).toMatch(/^E0866: .*n.jsonl:2: the tag of word 1 is 1.5, /)
  })
  it('lists of unequal length, items that are missing, lists of lists', () => {
    expect(messageOf(paged, 'fewer')).toBe('E0814: ./lists-v2.parquet:19: 3 words but 2 tags')
    expect(helpOf(paged, 'fewer')).toContain('also in line 31')
    expect(messageOf(paged, 'ner_tags', 'holes')).toBe(
      'E0865: ./lists-v2.parquet:18: item 2 of `holes` is nothing',
    )
    expect(messageOf(grouped, 'ner_tags', 'pairs')).toBe(
      'E0818: column `pairs` of `./lists.parquet` holds records, or lists of lists',
    )
    expect(helpOf(grouped, 'ner_tags', 'pairs')).toBe(
      'columns that can be read here: id, tokens, ner_tags, small_tags, named, absent, holes, fewer, beyond',
    )
    expect(messageOf(grouped, 'nertags')).toMatch(/^E0802: .* there is no column `nertags`/)
    expect(helpOf(grouped, 'nertags')).toMatch(/^did you mean `ner_tags`\?/)
    const jsonl = path.join(folder, 'l.jsonl')
    writeFileSync(jsonl, '{"tokens": [["a"], ["b"]], "ner_tags": [[0], [1]]}\n')
    expect(messageOf(jsonl, 'ner_tags')).toMatch(/^E0865: .*l.jsonl:1: item 1 of `tokens` is a list/)
  })
  it('a damaged footer is refused or read, never worse', () => {
    const place = path.join(folder, 'damaged.parquet')
    const footer = (whole: Buffer): number => whole.length - 8 - whole.readUInt32LE(whole.length - 8)
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(
        fc.constantFrom(...fixtures.map((name) => readFileSync(name))),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (whole, offset, by) => {
          const bytes = Buffer.from(whole)
          const at = footer(whole) + (offset % (whole.length - footer(whole)))
          bytes[at] = ((bytes[at] ?? 0) + by) % 256
          writeFileSync(place, bytes)
          try {
            for (const lists of readParquet(place).lists?.values() ?? []) lists()
            outcomes.add('read')
          } catch (error) {
            if (!(error instanceof DiagnosticError)) throw error
            outcomes.add(error.diagnostics[0]?.code ?? '')
          }
        },
      ),
      { numRuns: 60, seed: 1 },
    )
    expect([...outcomes].sort()).toEqual(['E0807', 'read'])
  })
})
