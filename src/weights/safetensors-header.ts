/**
 * The header of a safetensors file, checked before a tensor is read. Afterwards every entry is inside the
 * file, has the length of its type and shape, and overlaps no other.
 */
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { badSafetensorsHeader, notSafetensors, safetensorsCutOff } from '../diagnostics/messages/weights.ts'
import type { OpenFile } from '../disk/disk.ts'
import { fileLimits } from '../files/limits.ts'
import { bytesPerValue, isSafetensorsType, type SafetensorsType } from './decode-values.ts'
import { checkedHashes } from './tensor-hashes.ts'

export interface SafetensorsEntry {
  readonly dtype: SafetensorsType
  readonly shape: readonly number[]
  /** Bytes from `dataStart` on. */
  readonly start: number
  readonly end: number
}
export interface SafetensorsHeader {
  readonly file: string
  /** Bytes from the beginning of the file to the first tensor. */
  readonly dataStart: number
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>
  readonly metadata: ReadonlyMap<string, string>
  /** SHA-256 of the bytes of each tensor, by name; absent if the file has none. */
  readonly hashes?: ReadonlyMap<string, string>
}

/** The format's own limit: a longer header is another kind of file. */
const longestHeader = fileLimits.safetensorsHeader

/** Reads exactly `length` bytes into a buffer of their own. */
export function readBytes(
  opened: OpenFile,
  position: number,
  length: number,
  file: string,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; ) {
    const got = opened.read(bytes.subarray(at), position + at)
    if (got === 0) {
      throw new DiagnosticError(
        safetensorsCutOff({ path: file, needed: position + length, found: position + at, part: 'a tensor' }),
      )
    }
    at += got
  }
  return bytes
}

/**
 * Also compares the hash of the header, if the file has one.
 * @throws DiagnosticError E0902 (cut off), E0903 (another kind of file), E0904 (contradicts itself), E0914 (a
 * byte has changed)
 */
export function parseHeader(opened: OpenFile, file: string, span?: Span): SafetensorsHeader {
  const place = span === undefined ? {} : { span }
  const size = opened.size()
  const beginning = readBytes(opened, 0, Math.min(size, 64), file)
  const length = size < 8 ? 0 : Number(new DataView(beginning.buffer).getBigUint64(0, true))
  if (size === 0 || length > longestHeader || (size > 8 && beginning[8] !== 0x7b)) {
    throw new DiagnosticError(notSafetensors({ path: file, ...otherKind(beginning), ...place }))
  }
  if (size < 8) {
    throw new DiagnosticError(
      safetensorsCutOff({ path: file, needed: 8, found: size, part: 'the header', ...place }),
    )
  }
  if (8 + length > size) {
    throw new DiagnosticError(
      safetensorsCutOff({ path: file, needed: 8 + length, found: size, part: 'the header', ...place }),
    )
  }
  const bytes = Buffer.from(readBytes(opened, 0, 8 + length, file))
  const entries = parseJson(bytes.toString('utf8', 8), file, span)
  const header = checkEntries(entries, file, 8 + length, span)
  const end = checkExtent(header, size - header.dataStart, size, span)
  const hashes = checkedHashes(bytes, header, span)
  if (hashes === undefined) return header
  if (end !== size) throw wrong(file, `${size - end} bytes after the last tensor belong to none`, span)
  return { ...header, hashes }
}

function parseJson(text: string, file: string, span?: Span): ReadonlyMap<string, unknown> {
  const repeated = repeatedKey(text)
  if (repeated !== undefined) throw wrong(file, repeated, span)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw wrong(file, 'it is not JSON', span)
  }
  if (!isRecord(parsed)) throw wrong(file, 'it is not a JSON object', span)
  return new Map(Object.entries(parsed))
}

/**
 * Of two equal keys, JSON.parse silently keeps the last, while another reader may take the first. An entry is
 * never nested deeply.
 */
function repeatedKey(text: string): string | undefined {
  const keys = new Set<string>()
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (letter === '{' || letter === '[') depth++
    else if (letter === '}' || letter === ']') depth--
    if (depth > 8) return 'its JSON is nested too deep'
    if (letter !== '"') continue
    const start = at
    for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++
    if (depth !== 1 || !/^\s*:/.test(text.slice(at + 1, at + 16))) continue
    const key = text.slice(start + 1, at)
    if (keys.has(key)) return `it has two entries \`${key.slice(0, 100)}\``
    keys.add(key)
  }
  return undefined
}

function checkEntries(
  entries: ReadonlyMap<string, unknown>,
  file: string,
  dataStart: number,
  span?: Span,
): SafetensorsHeader {
  const tensors = new Map<string, SafetensorsEntry>()
  const metadata = new Map<string, string>()
  for (const [name, value] of entries) {
    if (name === '__metadata__') {
      if (isRecord(value)) for (const [key, text] of Object.entries(value)) metadata.set(key, String(text))
      continue
    }
    const entry = readEntry(value)
    if (typeof entry === 'string') throw wrong(file, `tensor \`${name}\` ${entry}`, span)
    tensors.set(name, entry)
  }
  return { file, dataStart, tensors, metadata }
}

/** An entry, or what is wrong with it. */
function readEntry(value: unknown): SafetensorsEntry | string {
  if (!isRecord(value)) return 'is not described by an object'
  const { dtype, shape, data_offsets: offsets } = value
  if (!isSafetensorsType(dtype)) return `has the unknown type ${JSON.stringify(dtype)}`
  if (!isSizes(shape)) return `has the shape ${JSON.stringify(shape)}`
  if (!isSizes(offsets) || offsets.length !== 2) return `has the offsets ${JSON.stringify(offsets)}`
  const [start = 0, end = 0] = offsets
  const expected = shape.reduce((product, n) => product * n, 1) * bytesPerValue[dtype]
  if (end - start !== expected) {
    return `of ${dtype} [${shape.join(', ')}] needs ${expected} bytes, its offsets give ${end - start}`
  }
  return { dtype, shape, start, end }
}

/** Returns where the last tensor ends in the file. */
function checkExtent(header: SafetensorsHeader, available: number, size: number, span?: Span): number {
  const ordered = [...header.tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)
  let reached = 0
  let before = ''
  for (const [name, entry] of ordered) {
    if (entry.start < reached) {
      throw wrong(header.file, `tensors \`${before}\` and \`${name}\` overlap`, span)
    }
    if (entry.start > reached) {
      throw wrong(
        header.file,
        `${entry.start - reached} bytes before tensor \`${name}\` belong to none`,
        span,
      )
    }
    reached = entry.end
    before = name
  }
  if (reached > available) {
    throw new DiagnosticError(
      safetensorsCutOff({
        path: header.file,
        needed: header.dataStart + reached,
        found: size,
        part: `tensor \`${before}\``,
        ...(span === undefined ? {} : { span }),
      }),
    )
  }
  return header.dataStart + reached
}

const beginnings: readonly { readonly text: string; readonly found: string; readonly help?: string }[] = [
  {
    text: 'PK\x03\x04',
    found: 'a zip archive, probably a PyTorch checkpoint',
    help: 'save it as safetensors: save_file(model.state_dict(), "model.safetensors")',
  },
  {
    text: '\x80\x02',
    found: 'a Python pickle, probably an old PyTorch checkpoint',
    help: 'save it as safetensors: save_file(model.state_dict(), "model.safetensors")',
  },
  {
    text: 'version https://git-lfs',
    found: 'the pointer that git-lfs leaves in place of a large file',
    help: 'run `git lfs pull`',
  },
  { text: '\x89HDF', found: 'an HDF5 file', help: 'convert it to safetensors' },
  { text: '\x1f\x8b', found: 'compressed with gzip', help: 'unpack it first' },
  { text: 'GGUF', found: 'a GGUF file', help: 'convert it to safetensors' },
  {
    text: '<',
    found: 'a web page or XML',
    help: 'a download that failed often leaves a page in place of the file',
  },
]

/** What a file that has no safetensors header may be, by how it begins. */
function otherKind(beginning: Uint8Array): { found: string; help?: string } {
  if (beginning.length === 0) return { found: 'empty' }
  const text = Buffer.from(beginning).toString('latin1')
  const known = beginnings.find((kind) => text.startsWith(kind.text))
  if (known !== undefined)
    return { found: known.found, ...(known.help === undefined ? {} : { help: known.help }) }
  const line =
    Buffer.from(beginning)
      .toString('utf8')
      .split(/[\r\n]/)[0] ?? ''
  if (/^[\p{L}\p{N}\p{P}\p{S} \t]{4,}/u.test(line))
    return { found: `a text that begins with "${line.slice(0, 30)}"` }
  return {
    found: `something else that begins with the bytes ${Buffer.from(beginning.subarray(0, 8)).toString('hex')}`,
  }
}

function wrong(path: string, problem: string, span?: Span): DiagnosticError {
  return new DiagnosticError(badSafetensorsHeader({ path, problem, ...(span === undefined ? {} : { span }) }))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}
