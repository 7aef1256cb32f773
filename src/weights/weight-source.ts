/**
 * A checkpoint as people have it: a safetensors file, the index of a sharded one, or the folder of a model. Whatever it is, it answers
 * which tensors it has and reads them one by one.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { E0901 } from '../diagnostics/messages/E0901.ts'
import { E0903 } from '../diagnostics/messages/E0903.ts'
import { E0905 } from '../diagnostics/messages/E0905.ts'
import { E0906 } from '../diagnostics/messages/E0906.ts'
import { suggest } from '../diagnostics/suggest.ts'
import {
  type ReadOptions,
  readSafetensorsHeader,
  readSafetensorsTensor,
  type SafetensorsEntry,
  type SafetensorsHeader,
  type WeightTensor,
} from './safetensors.ts'

export interface WeightSource {
  /** What was opened, for messages. */
  readonly path: string
  readonly files: readonly string[]
  /** By tensor name, in the order of the files. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>
  readonly metadata: ReadonlyMap<string, string>
  /** @throws DiagnosticError E0905 where there is no such tensor */
  read(name: string): WeightTensor
}

/**
 * Opens a checkpoint and reads its headers, no tensor.
 * @param place a `.safetensors` file, a `*.index.json`, or a folder with `model.safetensors`, its index, or one safetensors file
 * @throws DiagnosticError E0901 (nothing there), E0902, E0903, E0904 (a bad file), E0906 (an index that does not fit)
 */
export function openWeights(place: string, options: ReadOptions = {}): WeightSource {
  const file = statSync(place, { throwIfNoEntry: false })?.isDirectory() ? fileIn(place, options) : place
  return file.endsWith('.index.json') ? openSharded(file, options) : openFiles(file, [file], options)
}

function fileIn(folder: string, options: ReadOptions): string {
  for (const name of ['model.safetensors', 'model.safetensors.index.json']) {
    const file = path.join(folder, name)
    if (existsSync(file)) return file
  }
  const names = readdirSync(folder)
  const [only, ...more] = names.filter((name) => name.endsWith('.safetensors'))
  if (only !== undefined && more.length === 0) return path.join(folder, only)
  throw new DiagnosticError(
    E0901({ path: folder, found: describeFolder(names, more.length > 0), ...options }),
  )
}

function describeFolder(names: readonly string[], several: boolean): string {
  if (several) return 'the folder has several safetensors files and no index'
  if (names.includes('pytorch_model.bin'))
    return 'the folder has only a pytorch_model.bin; save it as safetensors'
  return names.length === 0 ? 'the folder is empty' : 'the folder has no model.safetensors'
}

function openFiles(place: string, files: readonly string[], options: ReadOptions): WeightSource {
  const headers = files.map((file) => readSafetensorsHeader(file, options))
  const owners = new Map<string, SafetensorsHeader>()
  for (const header of headers) for (const name of header.tensors.keys()) owners.set(name, header)
  const tensors = new Map(headers.flatMap((header) => [...header.tensors]))
  const metadata = new Map(headers.flatMap((header) => [...header.metadata]))
  const read = (name: string): WeightTensor => {
    const header = owners.get(name)
    if (header !== undefined) return readSafetensorsTensor(header, name, options)
    const suggestion = suggest(name, owners.keys())
    const near = suggestion === undefined ? {} : { suggestion }
    throw new DiagnosticError(E0905({ path: place, name, count: owners.size, ...near, ...options }))
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
    throw new DiagnosticError(E0901({ path: index, found: 'it is not there', ...options }))
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(index, 'utf8'))
  } catch {
    throw new DiagnosticError(E0903({ path: index, found: 'a damaged index (no JSON)', ...options }))
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
  return new DiagnosticError(E0906({ path: file, problem, ...(span === undefined ? {} : { span }) }))
}
