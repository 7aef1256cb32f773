/**
 * A checkpoint as people have it: a safetensors file, a PyTorch one, the index of a sharded one, or the
 * folder of a model. Whatever it is, it answers which tensors it has and reads them one by one.
 */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { badShardIndex, notSafetensors, weightsNotFound } from '../diagnostics/messages/weights.ts'
import { fileText, statOf } from '../files/regular-file.ts'
import { missingTensor, type ReadOptions } from './open-file.ts'
import { isPytorchFile, readPytorchHeader, readPytorchTensor } from './pytorch/checkpoint.ts'
import {
  readSafetensorsHeader,
  readSafetensorsTensor,
  type SafetensorsType,
  type WeightTensor,
} from './safetensors.ts'

/** The entry of a tensor in a file's header. */
export interface TensorEntry {
  readonly dtype: SafetensorsType
  readonly shape: readonly number[]
}

export interface WeightSource {
  /** What was opened, for messages. */
  readonly path: string
  readonly files: readonly string[]
  /** By tensor name, in the order of the files. */
  readonly tensors: ReadonlyMap<string, TensorEntry>
  readonly metadata: ReadonlyMap<string, string>
  /** @param name a key of `tensors`. @throws RangeError for another */
  read(name: string): WeightTensor
}

/**
 * Opens a checkpoint and reads its headers, no tensor.
 * @param place a `.safetensors` file, a file of `torch.save`, a `*.index.json`, or a folder with one of these
 * @throws DiagnosticError E0901 (nothing there), E0902, E0903, E0904, E0908 (a bad file), E0909 (a pickle
 * that calls something), E0906 (an index that does not fit)
 */
export function openWeights(place: string, options: ReadOptions = {}): WeightSource {
  const file = statOf(place)?.isDirectory() ? fileIn(place, options) : place
  return file.endsWith('.index.json') ? openSharded(file, options) : openFiles(file, [file], options)
}

/** Safetensors first: of a folder with both, the pickle is the older copy. */
const usualNames = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
]

function fileIn(folder: string, options: ReadOptions): string {
  for (const name of usualNames) {
    const file = path.join(folder, name)
    if (existsSync(file)) return file
  }
  const names = readdirSync(folder)
  const [only, ...more] = names.filter((name) => name.endsWith('.safetensors'))
  if (only !== undefined && more.length === 0) return path.join(folder, only)
  throw new DiagnosticError(
    weightsNotFound({ path: folder, found: describeFolder(names, more.length > 0), ...options }),
  )
}

function describeFolder(names: readonly string[], several: boolean): string {
  if (several) return 'the folder has several safetensors files and no index'
  return names.length === 0 ? 'the folder is empty' : 'the folder has no model.safetensors'
}

interface OpenedFile {
  readonly tensors: ReadonlyMap<string, TensorEntry>
  readonly metadata: ReadonlyMap<string, string>
  readonly read: (name: string) => WeightTensor
}

function openFile(file: string, options: ReadOptions): OpenedFile {
  if (!isPytorchFile(file, options)) {
    const header = readSafetensorsHeader(file, options)
    return { ...header, read: (name) => readSafetensorsTensor(header, name, options) }
  }
  const header = readPytorchHeader({ file, ...options })
  const read = (name: string): WeightTensor => readPytorchTensor(header, name)
  return { tensors: header.tensors, metadata: new Map(), read }
}

function openFiles(place: string, files: readonly string[], options: ReadOptions): WeightSource {
  const opened = files.map((file) => openFile(file, options))
  const owners = new Map(opened.flatMap((one) => [...one.tensors.keys()].map((name) => [name, one] as const)))
  const tensors = new Map(opened.flatMap((one) => [...one.tensors]))
  const metadata = new Map(opened.flatMap((one) => [...one.metadata]))
  const read = (name: string): WeightTensor => {
    const owner = owners.get(name)
    if (owner === undefined) throw missingTensor(place, name)
    return owner.read(name)
  }
  return { path: place, files, tensors, metadata, read }
}

function openSharded(index: string, options: ReadOptions): WeightSource {
  const weightMap = readIndex(index, options)
  const folder = path.dirname(index)
  const shards = [...new Set(weightMap.values())].sort()
  const missing = shards.filter((shard) => !existsSync(path.join(folder, shard)))
  if (missing.length > 0) {
    throw unusable(index, `${missing.map((name) => `\`${name}\``).join(', ')} not beside it`, options.span)
  }
  const files = shards.map((shard) => path.join(folder, shard))
  const source = openFiles(index, files, options)
  for (const [name, shard] of weightMap) {
    if (!source.tensors.has(name))
      throw unusable(index, `\`${shard}\` does not hold \`${name}\``, options.span)
  }
  return source
}

function readIndex(index: string, options: ReadOptions): ReadonlyMap<string, string> {
  if (!existsSync(index))
    throw new DiagnosticError(weightsNotFound({ path: index, found: 'it is not there', ...options }))
  let parsed: unknown
  try {
    parsed = JSON.parse(fileText(index))
  } catch {
    throw new DiagnosticError(notSafetensors({ path: index, found: 'a damaged index (no JSON)', ...options }))
  }
  const map =
    typeof parsed === 'object' && parsed !== null && 'weight_map' in parsed ? parsed.weight_map : undefined
  if (typeof map !== 'object' || map === null) throw unusable(index, 'it has no weight_map', options.span)
  const entries = Object.entries(map).map(([name, shard]): [string, string] => {
    // A shard outside the folder would let a downloaded index read any file.
    if (typeof shard !== 'string' || path.basename(shard) !== shard) {
      throw unusable(
        index,
        `tensor \`${name}\` is in ${JSON.stringify(shard)}, which is no file name`,
        options.span,
      )
    }
    return [name, shard]
  })
  return new Map(entries)
}

function unusable(file: string, problem: string, span?: Span): DiagnosticError {
  return new DiagnosticError(badShardIndex({ path: file, problem, ...(span === undefined ? {} : { span }) }))
}
