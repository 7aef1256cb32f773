/**
 * The tensors of a class of transformers from the weights of a model. Shared tensors are repeated, and
 * factors are multiplied. Maps that only the class has become neutral.
 */
import { type ModelInstance, type ModelParameter, parameterKey } from '../check/program.ts'
import type { ParameterStore } from '../train/parameters.ts'
import { publishedName, tensorUnder } from '../weights/names.ts'
import type { WrittenTensor } from '../weights/safetensors.ts'
import { type ClassOfModel, copiedDecoder, refused } from './describe.ts'

export interface ClassWeights {
  readonly tensors: ReadonlyMap<string, WrittenTensor>
  /** Differences from the model, as sentences. */
  readonly notes: readonly string[]
}

export interface ClassWeightsOptions {
  readonly known: ClassOfModel
  /** Of the tokenizer. */
  readonly padding: number
  /** Paths of parameters that other files of the folder have. */
  readonly elsewhere?: readonly string[]
}

/**
 * @param own the model of the run
 * @param target the architecture of the class, with heads of the same names
 * @param bare whether the class has no heads; then its names have no prefix
 * @throws DiagnosticError E0931 for a parameter that the model does not have
 */
export function classWeights(
  own: ModelInstance,
  target: ModelInstance,
  store: ParameterStore,
  { known, padding, elsewhere = [] }: ClassWeightsOptions,
): ClassWeights {
  const notes = new Set<string>()
  const tensors = new Map<string, WrittenTensor>()
  const values = new ParameterValues(own, store, notes)
  const copied = copiedDecoder(own, known)
  const prefix = target.names.get('huggingface')?.prefix ?? ''
  const named = new Set(target.parameters.map(({ path }) => path))
  for (const parameter of target.parameters) {
    const { path, canonical, shape } = parameter
    if (path !== canonical) continue
    const name = publishedName(target, path)
    if (name === undefined) throw refused(own, `the class has no name for ${path}`)
    const full =
      known.modelClass.heads.length === 0 && name.startsWith(prefix) ? name.slice(prefix.length) : name
    const data =
      values.of(path, shape) ??
      (path === copied ? values.copy('embedding.word.weight') : undefined) ??
      neutralValues(path, shape, notes)
    if (data === undefined) throw refused(own, lacking(path, known))
    const written =
      known.masksPadding && path === 'embedding.word.weight' ? withoutRow(data, padding, shape) : data
    tensors.set(full, tensorUnder(target, parameter, name, written))
  }
  copyDecoderBias(tensors)
  if (known.masksPadding)
    notes.add('the embedding of [PAD] is written as zeros, which is how the model reads padding')
  if (copied !== undefined)
    notes.add('the decoder is stored apart from the word embeddings, so that its row for [PAD] stays')
  const others = new Set([...own.heads.keys()].filter((head) => !target.heads.has(head)))
  const dropped = own.parameters.filter(
    ({ path }) =>
      !others.has(path.split('.')[0] ?? '') &&
      !named.has(path) &&
      !named.has(path.replace(/\.(left|right)$/, '.weight')),
  )
  const stored = new Set(elsewhere.map(bindingOf))
  const bindings = [...new Set(dropped.map(({ path }) => bindingOf(path)))].filter((one) => !stored.has(one))
  if (bindings.length > 0) notes.add(`not in the class, left out: ${bindings.join(', ')}`)
  return { tensors, notes: [...notes] }
}

function lacking(path: string, { modelClass }: ClassOfModel): string {
  return bindingOf(path) === 'pooler'
    ? `its pooler is not that of ${modelClass.name}, which is a dense layer on the first token`
    : `the class has ${path}, the model has not`
}

function bindingOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.'))
}

type Values = () => Float32Array

/** Values of the run's model under the names of the class. */
class ParameterValues {
  private readonly own: ModelInstance
  private readonly store: ParameterStore
  private readonly notes: Set<string>
  private readonly source: ReadonlyMap<string, ModelParameter>
  private readonly written = new Set<string>()

  constructor(own: ModelInstance, store: ParameterStore, notes: Set<string>) {
    this.own = own
    this.store = store
    this.notes = notes
    this.source = new Map(own.parameters.map((parameter) => [parameter.path, parameter]))
  }

  /** Undefined where the model has no such parameter. */
  of(path: string, shape: readonly number[]): Values | undefined {
    const same = this.source.get(path)
    if (same !== undefined) {
      requireShape(this.own, same, shape)
      if (this.written.has(same.canonical))
        this.notes.add('shared tensors are repeated: the class cannot share them')
      this.written.add(same.canonical)
      return () => this.read(same)
    }
    const left = this.source.get(path.replace(/\.weight$/, '.left'))
    const right = this.source.get(path.replace(/\.weight$/, '.right'))
    if (left === undefined || right === undefined) return undefined
    this.notes.add('factorized matrices are multiplied out')
    return () => product(this.read(left), this.read(right), left.shape[1] ?? 1)
  }

  /** Once more, under another name. */
  copy(path: string): Values | undefined {
    const same = this.source.get(path)
    return same && (() => this.read(same))
  }

  private read({ canonical }: ModelParameter): Float32Array {
    return this.store.get(parameterKey({ owner: this.own.name, path: canonical })).data
  }
}

function requireShape(own: ModelInstance, { path, shape }: ModelParameter, wanted: readonly number[]): void {
  if (shape.join() === wanted.join()) return
  throw refused(own, `${path} is [${shape.join(', ')}], and [${wanted.join(', ')}] in the class`)
}

/** left [n, r] times right [r, m], summed in float64. */
function product(left: Float32Array, right: Float32Array, rank: number): Float32Array {
  const columns = right.length / rank
  const rows = left.length / rank
  const result = new Float32Array(rows * columns)
  const sums = new Float64Array(columns)
  for (let row = 0; row < rows; row++) {
    sums.fill(0)
    for (let k = 0; k < rank; k++) {
      const factor = left[row * rank + k] ?? 0
      for (let column = 0; column < columns; column++)
        sums[column] = (sums[column] ?? 0) + factor * (right[k * columns + column] ?? 0)
    }
    result.set(sums, row * columns)
  }
  return result
}

/**
 * transformers 5 ties the two biases of a decoder only where it ties its weight, so both are in the file
 * then; versions before take either.
 */
function copyDecoderBias(tensors: Map<string, WrittenTensor>): void {
  for (const name of tensors.keys()) {
    if (!name.endsWith('.decoder.weight')) continue
    const stem = name.slice(0, -'.decoder.weight'.length)
    const bias = tensors.get(`${stem}.bias`)
    if (bias !== undefined) tensors.set(`${stem}.decoder.bias`, bias)
  }
}

function withoutRow(values: Values, row: number, [, columns = 1]: readonly number[]): Values {
  return () => Float32Array.from(values()).fill(0, row * columns, (row + 1) * columns)
}

/**
 * A model without segment embeddings gets zeros. Without a map of the embedding, ALBERT gets the identity.
 */
function neutralValues(path: string, shape: readonly number[], notes: Set<string>): Values | undefined {
  const [rows = 0, columns = 1] = shape
  const known = path === 'embedding.type.weight' || path === 'input.bias' || path === 'input.weight'
  if (!known || (path === 'input.weight' && rows !== columns)) return undefined
  notes.add(`${bindingOf(path)}, which the class has and the model not, changes nothing there`)
  const identity = path === 'input.weight'
  return () =>
    Float32Array.from({ length: rows * columns }, (_, k) => (identity && k % (columns + 1) === 0 ? 1 : 0))
}
