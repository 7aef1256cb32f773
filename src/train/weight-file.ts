/**
 * Reads the tensors of one checkpoint into parameters of a model, and reports mismatches with tensor, both
 * shapes, and both files.
 */
import type { ModelInstance } from '../check/program.ts'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import {
  differentCopies,
  tensorOfAnotherShape,
  weightsOfAnotherModel,
} from '../diagnostics/messages/weights.ts'
import {
  isTransposed,
  matchTensors,
  publishedName,
  shapeUnder,
  type TensorMatch,
  transposed,
} from '../weights/names.ts'
import { openWeights, type WeightSource } from '../weights/weight-source.ts'
import { elements } from './parameters.ts'

export interface FittingWeights {
  readonly source: WeightSource
  readonly match: TensorMatch
  /** Canonical path of each parameter asked for that the file has -> its tensor there. */
  readonly found: ReadonlyMap<string, string>
  /** Parameters of heads that the file does not have. */
  readonly absent: readonly string[]
  /** Tensors of the file that the model does not use. */
  readonly unused: readonly string[]
}

export interface LoadedWeights extends FittingWeights {
  /** Canonical path -> values. */
  readonly values: ReadonlyMap<string, Float32Array>
}

/**
 * Finds the parameters `wanted` (canonical paths) of an instance in a checkpoint folder or file, without
 * reading a tensor. Heads may be absent.
 * @throws DiagnosticError E0901..E0909 (the file itself), E0910 (a shape), E0911 (another model's file)
 */
export function fittingWeights(
  instance: ModelInstance,
  asked: ReadonlySet<string>,
  place: string,
  spec: string,
  span?: Span,
): FittingWeights {
  const at = span === undefined ? {} : { span }
  const source = openWeights(place, at)
  const match = matchTensors(instance, source.tensors.keys())
  const tensors = new Map<string, string>()
  const absent: string[] = []
  const missing: string[] = []
  for (const { path, canonical, shape, part } of instance.parameters) {
    if (path !== canonical || !asked.has(canonical)) continue
    const tensor = match.map.get(canonical)
    if (tensor === undefined) {
      const name = publishedName(instance, canonical)
      if (part === 'heads') absent.push(canonical)
      else missing.push(name === undefined ? canonical : `${canonical} (${name})`)
      continue
    }
    const found = source.tensors.get(tensor)?.shape ?? []
    const wanted = shapeUnder(instance, { path, shape }, tensor)
    if (!sameShape(wanted, found)) {
      throw new DiagnosticError(
        tensorOfAnotherShape({
          model: instance.name,
          path,
          tensor,
          file: source.path,
          wanted,
          found,
          spec,
          ...at,
        }),
      )
    }
    tensors.set(canonical, tensor)
  }
  if (missing.length > 0) {
    const present = match.unexpected
    throw new DiagnosticError(
      weightsOfAnotherModel({ model: instance.name, file: source.path, missing, present, ...at }),
    )
  }
  return { source, match, found: tensors, absent, unused: match.unexpected }
}

/** The values of the tensors. Throws as `fittingWeights`, and E0913 (copies of one weight that differ). */
export function loadWeights(...of: Parameters<typeof fittingWeights>): LoadedWeights {
  const [instance, , , , span] = of
  const fitting = fittingWeights(...of)
  const { source, match, found } = fitting
  const values = new Map<string, Float32Array>()
  for (const [canonical, tensor] of found) {
    const { data, shape } = source.read(tensor)
    const read = data instanceof Float32Array ? data : Float32Array.from(data)
    values.set(canonical, isTransposed(instance, canonical, tensor) ? transposed(read, shape) : read)
  }
  requireEqualCopies(instance, match, source, values, span === undefined ? {} : { span })
  return { ...fitting, values }
}

/**
 * All copies of one weight must be equal: shared layers that are written out, and decoders beside the
 * embedding that they are tied to.
 */
function requireEqualCopies(
  instance: ModelInstance,
  match: TensorMatch,
  source: WeightSource,
  values: ReadonlyMap<string, Float32Array>,
  at: { readonly span?: Span },
): void {
  for (const [second, canonical] of match.duplicates) {
    const shape = source.tensors.get(second)?.shape ?? []
    const path = copiedParameter(instance, canonical, shape)
    const value = values.get(path ?? '')
    const first = match.map.get(path ?? '')
    if (path === undefined || value === undefined || first === undefined) continue
    const { data } = source.read(second)
    if (data.every((one, k) => Object.is(one, value[k]) || one === value[k])) continue
    throw new DiagnosticError(
      differentCopies({ model: instance.name, path, first, second, file: source.path, ...at }),
    )
  }
}

/**
 * The parameter of a copy under a decoder's name: the bias of the decoder, otherwise the one embedding of its
 * shape.
 */
function copiedParameter(
  { parameters }: ModelInstance,
  canonical: string,
  shape: readonly number[],
): string | undefined {
  const own = parameters.filter(({ path }) => path === canonical)
  if (own.some((parameter) => sameShape(parameter.shape, shape))) return canonical
  const embeddings = parameters.filter(
    (parameter) =>
      parameter.kind === 'lookup' &&
      parameter.path === parameter.canonical &&
      sameShape(parameter.shape, shape),
  )
  return embeddings.length === 1 ? embeddings[0]?.path : undefined
}

/** Whether shapes are equal, or one is a vector and the other a matrix of one row. */
function sameShape(a: readonly number[], b: readonly number[]): boolean {
  const strip = (shape: readonly number[]): string => shape.filter((n) => n !== 1).join()
  return elements(a) === elements(b) && strip(a) === strip(b)
}
