import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { readSquad } from '../../src/data/read-squad.ts'
import { readTable } from '../../src/data/read-table.ts'
import { readConll } from '../../src/data/read-tags.ts'
import { loadTokenizer } from '../../src/data/tokenizer/load-tokenizer.ts'
import { fileLimits } from '../../src/files/limits.ts'
import { fileBytes, filePart, openRegular } from '../../src/files/regular-file.ts'
import { invalidLine } from '../../src/files/utf8.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { LogTail } from '../../src/watch/log-tail.ts'
import { readConfig } from '../../src/weights/transformers/config-file.ts'
import { openWeights } from '../../src/weights/weight-source.ts'

const root = mkdtempSync(join(tmpdir(), 'distill-files-'))
afterAll(() => rmSync(root, { recursive: true }))
const span = { file: '', start: 0, end: 0 }

function pipe(name: string): string {
  const path = join(root, name)
  mkdirSync(join(path, '..'), { recursive: true })
  spawnSync('mkfifo', [path])
  return path
}
function written(name: string, content: string | Uint8Array): string {
  writeFileSync(join(root, name), content)
  return join(root, name)
}

describe('files', () => {
  it('are regular ones: pipes, devices and folders are refused, and nothing waits', () => {
    for (const read of [openRegular, fileBytes, (path: string) => filePart(path, 0, 10)]) {
      expect(() => read(pipe(`pipe-${read.name}`))).toThrow('it is a pipe, and only regular files are read')
      expect(() => read('/dev/zero')).toThrow('it is a device')
      expect(() => read(root)).toThrow('it is a folder')
      expect(() => read(join(root, 'absent'))).toThrow('ENOENT')
    }
  })

  it('are no larger than their reader takes', () => {
    const path = written('ten', '0123456789')
    expect(fileBytes(path, 10).toString()).toBe('0123456789')
    expect(() => fileBytes(path, 9)).toThrow(/E0955/)
    expect(() => fileBytes(path, 9)).toThrow('it has 10 bytes, and at most 9 are read')
  })

  it.each([
    ['a table', 'train.csv', (path: string) => readTable(path, 'csv'), /E0955.*it is a pipe/],
    ['Parquet', 'train.parquet', (path: string) => readTable(path, 'parquet'), /E0955.*it is a pipe/],
    ['CoNLL', 'train.conll', (path: string) => readConll(path, undefined, span), /E0955.*it is a pipe/],
    ['SQuAD', 'train.json', (path: string) => readSquad(path, { labels: true, span }), /E0955.*it is a pipe/],
    ['a vocabulary', 'vocab.txt', (path: string) => loadTokenizer(path), /E0955.*it is a pipe/],
    ['a tokenizer', 'tokenizer.json', (path: string) => loadTokenizer(path), /E0955.*it is a pipe/],
    ['SentencePiece', 'spiece.model', (path: string) => loadTokenizer(path), /E0955.*it is a pipe/],
    ['weights', 'model.safetensors', (path: string) => openWeights(path), /E0955.*it is a pipe/],
    [
      'the settings of a model',
      'bert/config.json',
      (path: string) => readConfig(join(path, '..')),
      /E0955.*it is a pipe/,
    ],
    [
      'the settings of a run',
      'run/config.json',
      (path: string) => new RunFolder(join(path, '..')).readConfig(),
      /E0955.*it is a pipe/,
    ],
  ])('that are pipes in the place of %s are refused with a code', (_, name, read, expected) => {
    const path = pipe(name)
    expect(() => read(path)).toThrow(expected)
  })

  it('that are pipes in the place of a log have no lines', () => {
    expect(new LogTail(pipe('metrics.jsonl')).read().lines).toEqual([])
  })
})

describe('data', () => {
  const utf8 = (name: string): string =>
    written(name, Buffer.from('text,label\nfine,yes\ncaf\xe9,no\n', 'latin1'))

  it('that is no UTF-8 is refused with the line', () => {
    expect(() => readTable(utf8('latin.csv'), 'csv')).toThrow(/E0807: .*latin\.csv:3: .*no UTF-8/)
    expect(() => readConll(utf8('latin.conll'), undefined, span)).toThrow(/E0807: .*:3: /)
    expect(invalidLine(Buffer.from([0x61, 0x0a, 0xff, 0x0a]))).toBe(2)
    expect(invalidLine(Buffer.from([0x61, 0x0a, 0x0a, 0xc3]))).toBe(3)
    expect(invalidLine(Buffer.from('a\n\ufffd'))).toBeUndefined()
  })

  it('with a line longer than the limit is refused with the line, of one as long it is read', () => {
    const text = (length: number): string => `text\tlabel\nfine\tyes\n${'a'.repeat(length - 3)}\tno\n`
    expect(readTable(written('long.tsv', text(fileLimits.line)), 'tsv').rows).toHaveLength(2)
    expect(() => readTable(written('longer.tsv', text(fileLimits.line + 1)), 'tsv')).toThrow(
      /E0807: .*longer\.tsv:3: the line is longer than 4,000,000 characters/,
    )
  })

  it('of JSON may be one line', () => {
    const context = 'a'.repeat(fileLimits.line + 1)
    const qas = [{ id: '1', question: 'b', answers: [{ text: 'a', answer_start: 0 }] }]
    const file = written('squad.json', JSON.stringify({ data: [{ paragraphs: [{ context, qas }] }] }))
    expect(readSquad(file, { labels: true, span })).toHaveLength(1)
  })

  it('that unpacks to more than a text holds is refused', () => {
    const bomb = written('bomb.csv.gz', gzipSync(Buffer.alloc(fileLimits.text + 1, 'a'), { level: 1 }))
    expect(() => readTable(bomb, 'csv')).toThrow(/E0807: .*the file is larger than 512 MiB/)
  })
})
