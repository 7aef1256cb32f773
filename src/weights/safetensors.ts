/**
 * Safetensors files: eight bytes with the length of the header, the header in JSON, then the tensors. The
 * header alone lists the tensors. They are read one by one, so a large file is never in memory twice. Nothing
 * in the file is trusted: a contradiction is an error that names the file and what was found. Format:
 * https://huggingface.co/docs/safetensors
 */

import { replaceFile, writeAll, writeParts } from '../disk/atomic-write.ts'
import type { Disk, OpenFile } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { decodeValues, type SafetensorsType } from './decode-values.ts'
import { missingTensor, type ReadOptions, withFile } from './open-file.ts'
import { parseHeader, readBytes, type SafetensorsHeader } from './safetensors-header.ts'
import { compareHash, hashMetadata, hashOf, sealed } from './tensor-hashes.ts'

export type { SafetensorsType } from './decode-values.ts'
export type { SafetensorsEntry, SafetensorsHeader } from './safetensors-header.ts'

/**
 * A tensor as read: floating point types as float32, integers and booleans as int32 (int64 beyond 32 bits is
 * an error).
 */
export interface WeightTensor {
  /** The type in the file. */
  readonly dtype: SafetensorsType
  readonly shape: readonly number[]
  /** Row-major. */
  readonly data: Float32Array | Int32Array
}

/**
 * What a file holds, without reading a tensor.
 * @throws DiagnosticError E0901 (not there), E0902 (cut off), E0903 (another kind of file), E0904
 * (contradicts itself).
 */
export function readSafetensorsHeader(file: string, options: ReadOptions = {}): SafetensorsHeader {
  return withFile(file, options, (opened) => parseHeader(opened, file, options.span))
}

/**
 * Every tensor of a file, in its order.
 * @throws DiagnosticError as `readSafetensorsHeader`
 */
export function readSafetensors(file: string, options: ReadOptions = {}): Map<string, WeightTensor> {
  return withFile(file, options, (opened) => {
    const header = parseHeader(opened, file, options.span)
    const tensors = new Map<string, WeightTensor>()
    for (const name of header.tensors.keys()) {
      tensors.set(name, readTensor(opened, header, name, options))
    }
    return tensors
  })
}

/** One tensor of a file whose header has been read. */
export function readSafetensorsTensor(
  header: SafetensorsHeader,
  name: string,
  options: ReadOptions = {},
): WeightTensor {
  return withFile(header.file, options, (opened) => readTensor(opened, header, name, options))
}

function readTensor(
  opened: OpenFile,
  header: SafetensorsHeader,
  name: string,
  options: ReadOptions,
): WeightTensor {
  const entry = header.tensors.get(name)
  if (entry === undefined) throw missingTensor(header.file, name)
  const bytes = readBytes(opened, header.dataStart + entry.start, entry.end - entry.start, header.file)
  compareHash(header, name, bytes, options.span)
  return {
    dtype: entry.dtype,
    shape: entry.shape,
    data: decodeValues(bytes, entry.dtype, { file: header.file, name, ...options }),
  }
}

/**
 * A tensor to write: float32 values, or a function that makes them when they are written, so that they are
 * not all in memory.
 */
export interface WrittenTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array | Int32Array | (() => Float32Array)
}

export interface WriteOptions {
  /** Of the file as a whole. transformers before 4.48.2 reads no file without `format`. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Whether the metadata has the hash of each tensor and of the header (tensor-hashes.ts). */
  readonly hashed?: boolean
  /** Called when the new file is whole and durable, before it takes the place of the old one. */
  readonly beforeReplacing?: () => void
  readonly disk?: Disk
}

/**
 * Writes tensors (Float32Array as F32, Int32Array as I32) in the order of the map, whole or not at all. The
 * metadata says `{"format": "pt"}` and what is given. `'none'` leaves the whole entry out, for readers that
 * take every entry for a tensor.
 * @throws DiagnosticError E0907 when the system refuses.
 */
export function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, WrittenTensor>,
  options: WriteOptions | 'none' = {},
): void {
  const { metadata, hashed = false, disk = nodeDisk, beforeReplacing } = options === 'none' ? {} : options
  const entries: [string, unknown][] = []
  let end = 0
  for (const [name, { shape, data }] of tensors) {
    const elements = shape.reduce((product, size) => product * size, 1)
    if (typeof data !== 'function' && elements !== data.length)
      throw new RangeError(`${name}: ${data.length} values for shape [${shape.join(', ')}]`)
    const start = end
    end += 4 * elements
    const dtype = data instanceof Int32Array ? 'I32' : 'F32'
    entries.push([name, { dtype, shape, data_offsets: [start, end] }])
  }
  const headerOf = (hashes: ReadonlyMap<string, string>): Buffer => {
    const own = hashed ? hashMetadata(hashes) : {}
    const all = options === 'none' ? [] : [['__metadata__', { format: 'pt', ...metadata, ...own }]]
    return framed(JSON.stringify(Object.fromEntries([...all, ...entries])))
  }
  const write = (out: OpenFile): void => {
    const hashes = new Map([...tensors.keys()].map((name) => [name, hashOf()]))
    const parts = function* (): Iterable<Uint8Array> {
      for (const [name, { data }] of tensors) {
        const { buffer, byteOffset, byteLength } = typeof data === 'function' ? data() : data
        const bytes = new Uint8Array(buffer, byteOffset, byteLength)
        if (hashed) hashes.set(name, hashOf(bytes))
        yield bytes
      }
    }
    // The hashes are known after the tensors are written. Their length is known before.
    writeParts(out, parts(), headerOf(hashes).length)
    const header = headerOf(hashes)
    writeAll(out, hashed ? sealed(header) : header, 0)
  }
  replaceFile(disk, file, write, beforeReplacing)
}

/** Behind its length, and padded with spaces so that the tensors begin on a multiple of eight bytes. */
function framed(json: string): Buffer {
  const text = Buffer.from(json)
  const padded = Math.ceil(text.length / 8) * 8
  const start = Buffer.alloc(8 + padded, ' ')
  start.writeBigUInt64LE(BigInt(padded))
  text.copy(start, 8)
  return start
}
