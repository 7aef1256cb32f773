/**
 * Applies a model's names table to the tensors of a checkpoint in both directions: the tensor of a file for
 * each parameter (`matchTensors`), and the name under which a parameter is written (`publishedName`). The
 * tests list what else real files contain: the prefix present or absent, `gamma`/`beta`, buffers, copies of
 * tied matrices, the compiler's own names, TinyBERT's projections.
 */
import {
  type ModelInstance,
  type ModelParameter,
  type Projection,
  type PublishedNames,
  parameterKey,
} from '../check/program.ts'
import type { WrittenTensor } from './safetensors.ts'

export interface TensorMatch {
  /** Canonical parameter path -> the tensor's name in the file. */
  readonly map: ReadonlyMap<string, string>
  /** Canonical paths for which the file has no tensor. */
  readonly missing: readonly string[]
  /**
   * Further copies in the file of a parameter that is in `map`: shared layers written out, decoders that are
   * tied. Name -> canonical path.
   */
  readonly duplicates: ReadonlyMap<string, string>
  /** Buffers (`position_ids`): not parameters at all. */
  readonly buffers: readonly string[]
  /** Tensors that nothing in the model uses. */
  readonly unexpected: readonly string[]
}

const buffer = /(^|\.)(position_ids|token_type_ids|attn_mask|bias_mask)$/

/** Every name under which a file may hold the parameter bound at `path`, likeliest first. */
export function candidateNames(instance: ModelInstance, path: string): string[] {
  const names: string[] = []
  for (const table of instance.names.values()) {
    for (const name of publishedVariants(table, path)) {
      names.push(name)
      const old = oldLayerNormName(instance, path, name)
      if (old !== undefined) names.push(old)
    }
  }
  names.push(path, `${instance.name}.${path}`)
  return names
}

function publishedVariants({ prefix, parameters }: PublishedNames, path: string): string[] {
  const entry = parameters.get(path)
  if (entry === undefined) return []
  return entry.head || prefix === '' ? [entry.name] : [prefix + entry.name, entry.name]
}

/** Whether the tensor `name` of a file has columns where the parameter bound at `path` has rows. */
export function isTransposed({ names }: ModelInstance, path: string, name: string): boolean {
  return [...names.values()].some(
    (table) => table.parameters.get(path)?.transposed && publishedVariants(table, path).includes(name),
  )
}

/** The shape of a parameter in a file under `name`. */
export function shapeUnder(
  instance: ModelInstance,
  { path, shape }: Shaped,
  name: string,
): readonly number[] {
  return isTransposed(instance, path, name) ? shape.toReversed() : shape
}

/** A parameter as it is written under `name`. */
export function tensorUnder(
  instance: ModelInstance,
  parameter: Shaped,
  name: string,
  data: () => Float32Array,
): WrittenTensor {
  const { path, shape } = parameter
  const turned = isTransposed(instance, path, name)
  return {
    shape: shapeUnder(instance, parameter, name),
    data: turned ? () => transposed(data(), shape) : data,
  }
}

type Shaped = Pick<ModelParameter, 'path' | 'shape'>

/** The values of a matrix [rows, columns] as [columns, rows]. Those of a vector stay as they are. */
export function transposed(data: Float32Array, [rows = 1, columns = 1]: readonly number[]): Float32Array {
  return Float32Array.from(data, (_, k) => data[(k % rows) * columns + Math.floor(k / rows)] ?? 0)
}

/** The original BERT files call a LayerNorm's weight `gamma` and its bias `beta`. */
function oldLayerNormName(instance: ModelInstance, path: string, name: string): string | undefined {
  const end = path.lastIndexOf('.')
  const leaf = path.slice(end + 1)
  if (leaf === 'scale' && name.endsWith('.weight')) return `${name.slice(0, -'.weight'.length)}.gamma`
  const scale = `${path.slice(0, end)}.scale`
  if (leaf === 'bias' && name.endsWith('.bias') && instance.parameters.some((p) => p.path === scale)) {
    return `${name.slice(0, -'.bias'.length)}.beta`
  }
  return undefined
}

/**
 * Finds the tensor of a file for each parameter of a model. `present` are the file's tensor names. Nothing is
 * an error here: the caller decides whether something may be missing (a head that will be trained), and
 * reports what was not used.
 */
export function matchTensors(instance: ModelInstance, present: Iterable<string>): TensorMatch {
  const left = new Set(present)
  const map = new Map<string, string>()
  const duplicates = new Map<string, string>()
  for (const { path, canonical } of instance.parameters) {
    for (const name of candidateNames(instance, path)) {
      if (!left.has(name)) continue
      if (map.has(canonical)) duplicates.set(name, canonical)
      else map.set(canonical, name)
      left.delete(name)
    }
  }
  const tied = tiedCopies(instance, map)
  const buffers: string[] = []
  const unexpected: string[] = []
  for (const name of left) {
    const canonical = tied.get(name)
    if (canonical !== undefined) duplicates.set(name, canonical)
    else if (buffer.test(name)) buffers.push(name)
    else unexpected.push(name)
  }
  const missing = [...new Set(instance.parameters.map((p) => p.canonical))].filter((path) => !map.has(path))
  return { map, missing, duplicates, buffers, unexpected }
}

/**
 * Names of copies of a tied matrix that a file may have. A head with a bias but no weight of its own
 * (`mlm.logits.bias`, published as `vocab_projector.bias` or `cls.predictions.bias`) reads another's. Files
 * may repeat that as `vocab_projector.weight` or under `decoder`.
 */
function tiedCopies(instance: ModelInstance, map: ReadonlyMap<string, string>): Map<string, string> {
  const copies = new Map<string, string>()
  const paths = new Set(instance.parameters.map((p) => p.path))
  for (const { path, canonical, kind } of instance.parameters) {
    const name = map.get(canonical)
    if (kind !== 'bias' || name === undefined || !name.endsWith('.bias')) continue
    const binding = path.slice(0, path.lastIndexOf('.'))
    const own = ['weight', 'scale', 'left'].filter((leaf) => paths.has(`${binding}.${leaf}`))
    const stem = name.slice(0, -'.bias'.length)
    if (own.length > 0) {
      // An untied decoder, whose bias is in the file twice.
      const decodes = own.some((leaf) => map.get(`${binding}.${leaf}`) === `${stem}.decoder.weight`)
      if (decodes) copies.set(`${stem}.decoder.bias`, canonical)
      continue
    }
    copies.set(`${stem}.weight`, canonical)
    copies.set(`${stem}.decoder.weight`, canonical)
    copies.set(`${stem}.decoder.bias`, canonical)
  }
  return copies
}

/**
 * The name under which another framework's file holds the parameter bound at `path` (not only canonical
 * paths: files of formats without sharing repeat the tensor). Undefined where the table does not name it.
 */
export function publishedName(
  instance: ModelInstance,
  path: string,
  format = 'huggingface',
): string | undefined {
  const table = instance.names.get(format)
  return table && publishedVariants(table, path)[0]
}

/**
 * Tensors of projections: by their own names (`W.weight`, `W[1].weight`), otherwise by TinyBERT's:
 * `fit_dense.*` for the only single projection, `fit_denses.m.*` for the only family. Returns parameter key
 * -> tensor name for those found.
 */
export function matchProjectionTensors(
  projections: readonly Projection[],
  present: Iterable<string>,
): Map<string, string> {
  const names = new Set(present)
  const map = new Map<string, string>()
  const single = projections.filter((p) => p.indices === undefined)
  const families = projections.filter((p) => p.indices !== undefined)
  for (const projection of projections) {
    for (const parameter of projection.parameters) {
      const key = projectionKey(projection, parameter.path)
      const leaf = key.slice(key.lastIndexOf('.') + 1)
      const index = /\[(\d+)\]/.exec(key)?.[1]
      const published =
        index === undefined
          ? single.length === 1 && `fit_dense.${leaf}`
          : families.length === 1 && `fit_denses.${index}.${leaf}`
      if (names.has(key)) map.set(key, key)
      else if (published !== false && names.has(published)) map.set(key, published)
    }
  }
  return map
}

/** Projections list their parameters by full key or by path under the projection: both are understood. */
function projectionKey({ name }: Projection, path: string): string {
  return path.startsWith(`${name}.`) || path.startsWith(`${name}[`)
    ? path
    : parameterKey({ owner: name, path })
}
