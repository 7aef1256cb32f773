/**
 * PyTorch checkpoints (`pytorch_model.bin`): a dictionary of tensors by `torch.save`. Since PyTorch 1.6 it is
 * a zip archive with `data.pkl` and an entry for each storage; before, five pickles and then the storages,
 * each behind its length. Headers are read completely and checked against the file before a tensor is read.
 * Tensors are read one by one.
 */
import type { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import type { OpenFile } from '../../disk/disk.ts'
import { fileLimits } from '../../files/limits.ts'
import { bytesPerValue, decodeValues, type SafetensorsType } from '../decode-values.ts'
import { missingTensor, type ReadOptions, withFile } from '../open-file.ts'
import type { WeightTensor } from '../safetensors.ts'
import { readBytes } from '../safetensors-header.ts'
import {
  Dictionary,
  type Pickled,
  printable,
  type Storage,
  type StorageType,
  StoredTensor,
  unpickle,
} from './pickle.ts'
import { damaged, type Place } from './refused.ts'
import { type ByteRange, readZip } from './zip.ts'

const typeOf: Readonly<Record<StorageType, SafetensorsType>> = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
}

/** A pickle longer than this describes no model: 100,000 tensors need 20 MB. */
const longestPickle = fileLimits.pickle
/** The first pickle of a file from before PyTorch 1.6. */
const legacyMagic = 0x1950a86a20f9469cfc6cn

export interface PytorchTensor {
  readonly dtype: SafetensorsType
  readonly shape: readonly number[]
  readonly tensor: StoredTensor
  /** Of its storage. */
  readonly range: ByteRange
}

export interface PytorchHeader extends Place {
  readonly tensors: ReadonlyMap<string, PytorchTensor>
}

/** As safetensors, these bytes would mean a header longer than the format allows. */
const beginnings = ['PK\x03\x04', '\x80\x02\x8a\x0a']

/** Does a file begin as `torch.save` begins one? */
export function isPytorchFile(file: string, options: ReadOptions): boolean {
  return withFile(file, options, (opened) => {
    const size = Math.min(4, opened.size())
    return beginnings.includes(Buffer.from(readBytes(opened, 0, size, file)).toString('latin1'))
  })
}

/**
 * Which tensors a file holds, no tensor read.
 * @throws DiagnosticError E0901 (not there), E0908 (damaged), E0909 (it would call something)
 */
export function readPytorchHeader(place: Place): PytorchHeader {
  return withFile(place.file, place, (opened) => {
    const size = opened.size()
    const beginning = readBytes(opened, 0, Math.min(size, 4), place.file)
    if (!beginnings.includes(Buffer.from(beginning).toString('latin1')))
      throw damaged(place, size === 0 ? 'it is empty' : 'torch.save did not write it')
    const { value, ranges } =
      beginning[0] === 0x80 ? readLegacy(opened, size, place) : readArchive(opened, size, place)
    return { ...place, tensors: checkTensors(stateDict(value, place), ranges, place) }
  })
}

/** A tensor of a file whose header has been read. */
export function readPytorchTensor(header: PytorchHeader, name: string): WeightTensor {
  const entry = header.tensors.get(name)
  if (entry === undefined) throw missingTensor(header.file, name)
  const { dtype, shape, tensor, range } = entry
  const width = bytesPerValue[dtype]
  const first = tensor.offset * width
  const bytes = withFile(header.file, header, (opened) =>
    readBytes(opened, range.start + first, reach(tensor) * width, header.file),
  )
  const data = decodeValues(bytes, dtype, {
    file: header.file,
    name,
    ...(header.span ? { span: header.span } : {}),
  })
  return { dtype, shape, data: isContiguous(tensor) ? data : gather(data, tensor) }
}

type Contents = { readonly value: Pickled; readonly ranges: ReadonlyMap<string, ByteRange> }

function readArchive(opened: OpenFile, size: number, place: Place): Contents {
  const entries = readZip(opened, size, place)
  const pickle = [...entries.keys()].find((name) => name === 'data.pkl' || /^[^/]+\/data\.pkl$/.test(name))
  const range = entries.get(pickle ?? '')
  if (pickle === undefined || range === undefined) throw damaged(place, 'the archive holds no data.pkl')
  if (range.length > longestPickle) throw damaged(place, `its data.pkl has ${range.length} bytes`)
  const folder = pickle.slice(0, -'data.pkl'.length)
  const order = entries.get(`${folder}byteorder`)
  if (order !== undefined && order.length <= 16) {
    const text = Buffer.from(readBytes(opened, order.start, order.length, place.file)).toString('latin1')
    if (text !== 'little') throw damaged(place, `its byte order is ${printable(text)}, only little is read`)
  }
  const bytes = Buffer.from(readBytes(opened, range.start, range.length, place.file).buffer)
  const { value } = unpickle(bytes, 0, place)
  const ranges = new Map<string, ByteRange>()
  for (const [name, storage] of entries)
    if (name.startsWith(`${folder}data/`)) ranges.set(name.slice(folder.length + 5), storage)
  return { value, ranges }
}

function readLegacy(opened: OpenFile, size: number, place: Place): Contents {
  const bytes = Buffer.from(readBytes(opened, 0, Math.min(size, longestPickle), place.file).buffer)
  const magic = unpickle(bytes, 0, place)
  if (magic.value !== legacyMagic) throw damaged(place, 'it is a Python pickle, but not of torch.save')
  const protocol = unpickle(bytes, magic.end, place)
  const system = unpickle(bytes, protocol.end, place)
  const little = system.value instanceof Dictionary ? system.value.entries.get('little_endian') : undefined
  if (little === false) throw damaged(place, 'its byte order is big, only little is read')
  const content = unpickle(bytes, system.end, place)
  const keys = unpickle(bytes, content.end, place)
  if (!Array.isArray(keys.value)) throw damaged(place, 'it has no list of storages')
  const widths = new Map(
    [...storagesOf(content.value)].map(({ key, type }) => [key, bytesPerValue[typeOf[type]]]),
  )
  const ranges = new Map<string, ByteRange>()
  let at = keys.end
  for (const key of keys.value) {
    const width = typeof key === 'string' ? widths.get(key) : undefined
    if (typeof key !== 'string' || width === undefined || at + 8 > size)
      throw damaged(place, 'its list of storages does not fit its tensors')
    const count = Number(Buffer.from(readBytes(opened, at, 8, place.file).buffer).readBigUInt64LE())
    const range = { start: at + 8, length: count * width }
    if (range.start + range.length > size)
      throw damaged(place, `it is cut off: storage ${printable(key)} reaches beyond its end`)
    ranges.set(key, range)
    at = range.start + range.length
  }
  return { value: content.value, ranges }
}

/** The storages of the tensors of a checkpoint. */
function* storagesOf(value: Pickled): Iterable<Storage> {
  for (const one of dictionaries(value))
    for (const tensor of one.entries.values()) if (tensor instanceof StoredTensor) yield tensor.storage
}

/** A dictionary of tensors, or, as training scripts save it, one in which `state_dict` or `model` is that. */
function dictionaries(value: Pickled): Dictionary[] {
  if (!(value instanceof Dictionary)) return []
  const inner = ['state_dict', 'model', 'model_state_dict'].map((key) => value.entries.get(key))
  return [value, ...inner.filter((one) => one instanceof Dictionary)]
}

function stateDict(value: Pickled, place: Place): Map<string, StoredTensor> {
  for (const { entries } of dictionaries(value)) {
    const tensors = new Map<string, StoredTensor>()
    for (const [name, tensor] of entries)
      if (typeof name === 'string' && tensor instanceof StoredTensor) tensors.set(name, tensor)
    if (tensors.size > 0) return tensors
  }
  throw damaged(place, 'it holds no tensors by name: save model.state_dict()')
}

function checkTensors(
  stored: ReadonlyMap<string, StoredTensor>,
  ranges: ReadonlyMap<string, ByteRange>,
  place: Place,
): Map<string, PytorchTensor> {
  const tensors = new Map<string, PytorchTensor>()
  for (const [name, tensor] of stored) {
    const { storage, shape } = tensor
    const dtype = typeOf[storage.type]
    const range = ranges.get(storage.key)
    const wrong = (problem: string): DiagnosticError =>
      damaged(place, `tensor \`${printable(name)}\` ${problem}`)
    if (range === undefined) throw wrong('has no storage in the file')
    if (storage.elements * bytesPerValue[dtype] > range.length)
      throw wrong(`needs ${storage.elements * bytesPerValue[dtype]} bytes, the file has ${range.length}`)
    const count = shape.reduce((product, size) => product * size, 1)
    // A view that repeats its storage (stride 0) could need any amount of memory.
    if (tensor.offset + reach(tensor) > storage.elements || count > storage.elements)
      throw wrong(`of shape [${shape.join(', ')}] lies outside its storage of ${storage.elements} values`)
    tensors.set(name, { dtype, shape, tensor, range })
  }
  return tensors
}

/** How many values of the storage a view spans. */
function reach({ shape, strides }: StoredTensor): number {
  if (shape.includes(0)) return 0
  return 1 + shape.reduce((sum, size, k) => sum + (size - 1) * (strides[k] ?? 0), 0)
}

function isContiguous({ shape, strides }: StoredTensor): boolean {
  let expected = 1
  for (let k = shape.length - 1; k >= 0; k--) {
    if (shape[k] !== 1 && strides[k] !== expected) return false
    expected *= shape[k] ?? 1
  }
  return true
}

/** A transposed or sliced view, in row-major order. */
function gather(
  data: Float32Array | Int32Array,
  { shape, strides }: StoredTensor,
): Float32Array | Int32Array {
  const count = shape.reduce((product, size) => product * size, 1)
  const result = data instanceof Float32Array ? new Float32Array(count) : new Int32Array(count)
  const index = shape.map(() => 0)
  let from = 0
  for (let at = 0; at < count; at++) {
    result[at] = data[from] ?? 0
    for (let k = shape.length - 1; k >= 0; k--) {
      index[k] = (index[k] ?? 0) + 1
      from += strides[k] ?? 0
      if (index[k] !== shape[k]) break
      from -= (shape[k] ?? 0) * (strides[k] ?? 0)
      index[k] = 0
    }
  }
  return result
}
