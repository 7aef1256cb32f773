import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { DataSpec } from '../../src/check/program.ts'
import { cutLine, cutTexts, foreseenCuts } from '../../src/data/cut-texts.ts'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { block, file, files, programOf, span } from './blocks.ts'

/** Texts that are longer than `max_length`: counted with [CLS] and [SEP], by split, and before anything is trained. */
const folder = mkdtempSync(path.join(tmpdir(), 'distill-cut-'))
afterAll(() => rmSync(folder, { recursive: true }))
const write = (name: string, lines: readonly string[]): string => {
  const place = path.join(folder, name)
  writeFileSync(place, `${lines.join('\n')}\n`)
  return place
}
const times = (count: number): string => Array.from({ length: count }, () => 'word').join(' ')
write('vocab.txt', ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'word'])

const notes: DataSpec = block({
  name: 'notes',
  train: files(
    write('train.tsv', ['sentence\tother', ...[1, 6, 7, 12].map((n) => `${times(n)}\t${times(2)}`)]),
  ),
  validation: files(write('dev.tsv', ['sentence\tother', `${times(6)}\tword`, `${times(9)}\tword`])),
  test: files(write('test.tsv', ['sentence\tother', 'word\tword'])),
  tokenizer: { kind: 'folder', file: file(folder) },
  maxLength: 8,
})

describe('texts that max_length cuts', () => {
  it('are counted by split', () => {
    const { splits } = loadDataset(programOf(notes), 'notes')
    const cut = [...splits].map(([split, examples]) => cutTexts(notes, split, examples))
    const common = { data: 'notes', max_length: 8, sample: false }
    expect(cut).toEqual([
      { ...common, split: 'train', cut: 2, texts: 4, longest: 14 },
      { ...common, split: 'validation', cut: 1, texts: 2, longest: 11 },
      undefined,
    ])
    expect(cut.flatMap((one) => (one ? [cutLine(one)] : []))).toEqual([
      'data notes: max_length = 8 cuts 2 of 4 training texts; the longest has 14 tokens',
      'data notes: max_length = 8 cuts 1 of 2 validation texts; the longest has 11 tokens',
    ])
    expect(foreseenCuts(programOf(notes), notes)).toEqual(cut.slice(0, 2))
  })

  it('of a pair are counted together', () => {
    const pair: DataSpec = { ...notes, text: { kind: 'pair', columns: ['sentence', 'other'], span } }
    const [train] = foreseenCuts(programOf(pair), pair)
    // [CLS] 6 [SEP] 2 [SEP] are 11 tokens.
    expect(train).toMatchObject({ cut: 3, texts: 4, longest: 17 })
  })

  it('are looked for in the first texts of a large file', () => {
    const lines = Array.from({ length: 2100 }, (_, i) => times(i < 5 || i > 2050 ? 9 : 1))
    const many = { ...notes, train: files(write('many.tsv', ['sentence', ...lines])) }
    const [train] = foreseenCuts(programOf(many), many)
    expect(train && cutLine(train)).toBe(
      'data notes: max_length = 8 cuts 5 of the first 2,000 training texts; the longest has 11 tokens',
    )
  })

  it('are not looked for where files are missing or the tokenizer is not trained yet', () => {
    const missing = { ...notes, train: files('nosuch.tsv'), validation: files('nosuch.tsv') }
    expect(foreseenCuts(programOf(missing), missing)).toEqual([])
    const untrained = { ...notes, tokenizer: block({ name: 'notes' }).tokenizer }
    expect(foreseenCuts(programOf(untrained), untrained)).toEqual([])
  })
})
