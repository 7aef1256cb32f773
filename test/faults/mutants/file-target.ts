/**
 * Mutants of files, and what must hold of them: they are read, or refused with a coded message. Bytes are flipped,
 * sizes set to their extremes, parts cut out, doubled and moved; in texts, words and signs change as in specs.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DiagnosticError } from '../../../src/diagnostics/diagnostic.ts'
import type { Draws } from './draws.ts'
import { type FileFormat, formats, writeMutant } from './file-formats.ts'

/** Writes a mutant into the folder and reads it. @throws Error what was thrown but for a diagnostic */
export function tryFile(draws: Draws, folder: string): void {
  const format = draws.of(formats)
  const place = join(folder, 'mutant')
  const content = format.kind === 'bytes' ? byteMutant(format, draws) : textMutant(format, draws)
  tryContent(format, content, place)
}

export function tryContent(format: FileFormat, content: Uint8Array, place: string): void {
  rmSync(place, { recursive: true, force: true })
  writeMutant(place, format, content)
  try {
    format.read(place, format.name)
  } catch (error) {
    if (error instanceof DiagnosticError) return
    throw new Error(`${format.name}: ${error instanceof Error ? error.stack : error}`)
  }
}

/** Bytes that are sizes, counts and markers in many formats. */
const bytes = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0f, 0x10, 0xf0, 0x7b, 0x22]
const sizes = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000, 0xfffffff0]
const varints = [
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xfe, 0xff, 0xff, 0xff, 0x0f],
]

function byteMutant({ seeds }: FileFormat, draws: Draws): Uint8Array {
  let content = Buffer.from(draws.of(seeds))
  for (let count = draws.of([1, 1, 2, 3, 8]); count > 0 && content.length > 8; count--) {
    // The numbers that matter are at the end of some formats and at the beginning of others.
    const near = Math.min(content.length - 8, 300)
    const at = draws.of([
      draws.below(content.length - 8),
      draws.below(near),
      content.length - 8 - draws.below(near),
    ])
    const other = draws.below(content.length - 8)
    const length = 1 + draws.below(draws.of([4, 64, 4096]))
    const [before, after] = [content.subarray(0, at), content.subarray(at)]
    const edit = draws.below(8)
    if (edit === 0) content[at] = (content[at] ?? 0) ^ (1 << draws.below(8))
    else if (edit === 1) content[at] = draws.of(bytes)
    else if (edit === 2) content[at] = draws.below(256)
    else if (edit === 3) content.writeUInt32LE(draws.of(sizes), at)
    else if (edit === 4) content = Buffer.concat([before, after.subarray(length)])
    else if (edit === 5) content = Buffer.concat([before, after.subarray(0, length), after])
    else if (edit === 6) content = Buffer.concat([before, content.subarray(other, other + length), after])
    else {
      const varint = Buffer.from(draws.of(varints))
      content = Buffer.concat([before, varint, after.subarray(draws.of([0, 1, varint.length]))])
    }
  }
  return content
}

const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\w+|\s|[^\s]/g
const insertions = [
  'null',
  'true',
  '-1',
  '0',
  '1e999',
  '99999999999999999999',
  '2147483648',
  '""',
  '"__proto__"',
  '"\\ud800"',
  '"\\q"',
  '{}',
  '[]',
  '['.repeat(20_000),
  '{"a":'.repeat(20_000),
  '"',
  ',',
  ':',
  '\n',
  '\t',
  '\r',
  '\u0000',
  '\u001b]0;x\u0007',
  '\u2028',
  '\u202e',
  '\ufeff',
  ' '.repeat(50_000),
  'a'.repeat(200_000),
]
const invalid = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf8, 0x88], [0x00]]

function textMutant({ seeds }: FileFormat, draws: Draws): Uint8Array {
  const tokens = Buffer.from(draws.of(seeds)).toString('utf8').match(token) ?? []
  for (let count = draws.of([1, 1, 2, 3, 6]); count > 0 && tokens.length > 1; count--) {
    const [at, other] = [draws.below(tokens.length), draws.below(tokens.length)]
    const edit = draws.below(6)
    if (edit === 0) tokens[at] = draws.of(insertions)
    else if (edit === 1) tokens.splice(at, 0, draws.of(insertions))
    else if (edit === 2) tokens.splice(at, 1 + draws.below(6))
    else if (edit === 3) tokens[at] = tokens[other] ?? ''
    else if (edit === 4) tokens.splice(other, 0, ...tokens.slice(at, at + 1 + draws.below(30)))
    else tokens.length = at + 1
  }
  const content = Buffer.from(tokens.join(''))
  if (draws.below(6) > 0) return content
  const cut = draws.below(content.length + 1)
  return Buffer.concat([content.subarray(0, cut), Buffer.from(draws.of(invalid)), content.subarray(cut)])
}
