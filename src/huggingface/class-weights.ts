/** The tensors of a class of transformers from the weights of a model: shared ones repeated, factors multiplied out, maps that a class always has made neutral. */
import { type ModelInstance, type ModelParameter, parameterKey } from '../check/program.ts'
import type { ParameterStore } from '../train/parameters.ts'
import { publishedName } from '../weights/names.ts'
import type { WrittenTensor } from '../weights/safetensors.ts'
import { refused } from './describe.ts'

export interface ClassWeights {
  readonly tensors: ReadonlyMap<string, WrittenTensor>
  /** What is not as in the model, in words. */
  readonly notes: readonly string[]
}

/**
 * @param own the model of the run
 * @param target the class's own architecture, with the heads under the same names
 * @param bare the class has no heads: its names have no prefix
 * @throws DiagnosticError E0931 for a parameter that the model cannot give
 */
export function classWeights(
  own: ModelInstance,
  target: ModelInstance,
  store: ParameterStore,
  bare: boolean,
): ClassWeights {
  const notes = new Set<string>()
  const tensors = new Map<string, WrittenTensor>()
  const source = new Map(own.parameters.map((parameter) => [parameter.path, parameter]))
  const read = (parameter: ModelParameter): Float32Array =>
    store.get(parameterKey({ owner: own.name, path: parameter.canonical })).data
  const canonical = target.parameters.filter(({ path, canonical: first }) => path === first)
  const written = new Set<string>()
  for (const { path, shape } of canonical) {
    const name = publishedName(target, path)
    if (name === undefined) throw refused(own, `the class has no name for ${path}`)
    const prefix = target.names.get('huggingface')?.prefix ?? ''
    const full = bare && name.startsWith(prefix) ? name.slice(prefix.length) : name
    const same = source.get(path)
    if (same !== undefined) {
      requireShape(own, same, shape)
      if (written.has(same.canonical)) notes.add('shared tensors are repeated: the class cannot share them')
      written.add(same.canonical)
      tensors.set(full, { shape, data: () => read(same) })
      continue
    }
    const left = source.get(path.replace(/\.weight$/, '.left'))
    const right = source.get(path.replace(/\.weight$/, '.right'))
    if (left !== undefined && right !== undefined) {
      notes.add('factorized matrices are multiplied out')
      tensors.set(full, { shape, data: () => product(read(left), read(right), left.shape[1] ?? 1) })
      continue
    }
    const neutral = neutralValues(path, shape)
    if (neutral === undefined) throw refused(own, `the class has ${path}, the model has not`)
    notes.add(
      `${path.slice(0, path.lastIndexOf('.'))}, which the class has and the model not, changes nothing there`,
    )
    tensors.set(full, { shape, data: neutral })
  }
  const named = new Set(target.parameters.map(({ path }) => path))
  const dropped = own.parameters.filter(
    ({ path }) => !named.has(path) && !named.has(path.replace(/\.(left|right)$/, '.weight')),
  )
  const bindings = [...new Set(dropped.map(({ path }) => path.slice(0, path.lastIndexOf('.'))))]
  if (bindings.length > 0) notes.add(`not in the class, left out: ${bindings.join(', ')}`)
  return { tensors, notes: [...notes] }
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

/** Segment embeddings of a model without are zero; ALBERT's map of the embedding, where there is none, is the identity. */
function neutralValues(path: string, shape: readonly number[]): Float32Array | undefined {
  const [rows = 0, columns = 1] = shape
  if (path === 'embedding.type.weight' || path === 'input.bias') return new Float32Array(rows * columns)
  if (path !== 'input.weight' || rows !== columns) return undefined
  return Float32Array.from({ length: rows * columns }, (_, k) => (k % (columns + 1) === 0 ? 1 : 0))
}
