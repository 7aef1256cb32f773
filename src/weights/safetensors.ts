/**
 * Safetensors files: eight bytes with the length of the header, the header in JSON, then the tensors. The
 * header alone lists the tensors. They are read one by one, so a large file is never in memory twice. Nothing
 * in the file is trusted: a contradiction is an error that names the file and what was found. Format:
 * https://huggingface.co/docs/safetensors
 */
import { writeAtomically } from './atomic-write.ts'
import { decodeValues, type SafetensorsType } from './decode-values.ts'
import { missingTensor, type ReadOptions, withFile } from './open-file.ts'
import { parseHeader, readBytes, type SafetensorsHeader } from './safetensors-header.ts'

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
  return withFile(file, options, (descriptor) => parseHeader(descriptor, file, options.span))
}

/**
 * Every tensor of a file, in its order.
 * @throws DiagnosticError as `readSafetensorsHeader`
 */
export function readSafetensors(file: string, options: ReadOptions = {}): Map<string, WeightTensor> {
  return withFile(file, options, (descriptor) => {
    const header = parseHeader(descriptor, file, options.span)
    const tensors = new Map<string, WeightTensor>()
    for (const name of header.tensors.keys()) {
      tensors.set(name, readTensor(descriptor, header, name, options))
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
  return withFile(header.file, options, (descriptor) => readTensor(descriptor, header, name, options))
}

function readTensor(
  descriptor: number,
  header: SafetensorsHeader,
  name: string,
  options: ReadOptions,
): WeightTensor {
  const entry = header.tensors.get(name)
  if (entry === undefined) throw missingTensor(header.file, name)
  const bytes = readBytes(descriptor, header.dataStart + entry.start, entry.end - entry.start, header.file)
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

/**
 * Writes tensors (Float32Array as F32, Int32Array as I32) in the order of the map, whole or not at all. The
 * metadata says
 * `{"format": "pt"}` unless told otherwise: transformers before 4.48.2 reads no file without it. `'none'`
 * leaves the whole entry out, for
 * readers that take every entry for a tensor.
 * @throws DiagnosticError E0907 when the system refuses.
 */
export function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, WrittenTensor>,
  metadata: Readonly<Record<string, string>> | 'none' = {},
): void {
  const header: Record<string, unknown> =
    metadata === 'none' ? {} : { __metadata__: { format: 'pt', ...metadata } }
  let at = 0
  for (const [name, { shape, data }] of tensors) {
    const elements = shape.reduce((product, size) => product * size, 1)
    if (typeof data !== 'function' && elements !== data.length)
      throw new RangeError(`${name}: ${data.length} values for shape [${shape.join(', ')}]`)
    const end = at + 4 * elements
    header[name] = { dtype: data instanceof Int32Array ? 'I32' : 'F32', shape, data_offsets: [at, end] }
    at = end
  }
  writeAtomically(file, parts(header, tensors.values()))
}

function* parts(
  header: Readonly<Record<string, unknown>>,
  tensors: Iterable<WrittenTensor>,
): Iterable<Uint8Array> {
  const text = Buffer.from(JSON.stringify(header))
  // Padded with spaces so that the tensors begin on a multiple of eight bytes, as the format asks.
  const padded = Math.ceil(text.length / 8) * 8
  const start = Buffer.alloc(8 + padded, ' ')
  start.writeBigUInt64LE(BigInt(padded))
  text.copy(start, 8)
  yield start
  for (const { data } of tensors) {
    const { buffer, byteOffset, byteLength } = typeof data === 'function' ? data() : data
    yield new Uint8Array(buffer, byteOffset, byteLength)
  }
}
