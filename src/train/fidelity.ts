/**
 * How closely a model of low precision agrees with itself in float32 on one batch: the cosine of each tensor
 * that the losses read, and how often both predict the same. It is measured and logged before the first step
 * of a stage. If it is too low, the stage does not start.
 */

import { type AutomaticPrecision, lowPrecisionModels } from '../check/model-precision.ts'
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import { reachable } from '../check/term-reads.ts'
import { splitMicrobatches } from '../data/batching.ts'
import type { Batch } from '../data/dataset.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notFaithful } from '../diagnostics/messages/backends.ts'
import type { Graph, TensorType } from '../graph/graph.ts'
import type { LowPrecision } from '../graph/precision.ts'
import { elementCount } from '../graph/type.ts'
import type { compileTaps } from '../lower/stage.ts'
import type { HostTensor, Runner } from '../run/runner.ts'
import { argmax } from './distributions.ts'
import type { ModelFidelity, TapFidelity, TrainObserver } from './observer.ts'
import { type ParameterStore, storedParameters } from './parameters.ts'
import type { RunFolder } from './run-folder.ts'

/** The least values with which a stage starts, unless the model sets its own (`fidelity = 98%` sets both). */
const usualFidelity = { cosine: 0.99, agreement: 0.97 } as const

export interface FidelityOptions {
  readonly program: Program
  readonly runner: Runner
  readonly store: ParameterStore
  readonly compileTaps: typeof compileTaps
  readonly automatic?: AutomaticPrecision | undefined
}

/**
 * Logs the fidelity of models in low precision on the first micro-batch of a stage. Throws E1008 if it is too
 * low.
 */
export function settleFidelity(
  stage: Stage,
  batch: Batch,
  options: FidelityOptions & { readonly observer: TrainObserver; readonly folder: RunFolder },
): void {
  const models = stageFidelity(stage, batch, options)
  for (const model of models) {
    options.observer.fidelity?.(model)
    options.folder.log({ event: 'fidelity', ...model })
  }
  for (const model of models) {
    const instance = options.program.instances.get(model.model)
    if (instance) requireFidelity(model, instance)
  }
}

/** The fidelity of each model of a stage that is not in float32, on a batch. */
export function stageFidelity(stage: Stage, batch: Batch, options: FidelityOptions): ModelFidelity[] {
  return lowPrecisionModels(options.program, stage, options.automatic).map(({ instance, precision }) => ({
    stage: stage.name,
    model: instance.name,
    precision,
    examples: batch.B,
    taps: modelFidelity(stage, instance, precision, batch, options),
    least: leastFidelity(instance),
  }))
}

/** Throws E1008 for the worst tap of a model that is below the model's limit. */
export function requireFidelity({ taps, least, ...model }: ModelFidelity, { span }: ModelInstance): void {
  const problems = taps.flatMap(({ path, cosine, agreement }) => [
    ...(cosine >= least.cosine ? [] : [{ path, what: 'a cosine', value: cosine, least: least.cosine }]),
    ...(agreement === undefined || agreement >= least.agreement
      ? []
      : [{ path, what: 'an agreement', value: agreement, least: least.agreement }]),
  ])
  const [worst] = problems.sort((a, b) => a.value - a.least - (b.value - b.least))
  if (worst !== undefined) throw new DiagnosticError(notFaithful({ span, ...model, ...worst }))
}

/** The limits of a model. */
export function leastFidelity({ fidelity }: ModelInstance): ModelFidelity['least'] {
  return fidelity === undefined ? usualFidelity : { cosine: fidelity, agreement: fidelity }
}

/**
 * Paths of the tensors that the losses of a stage read of a model and that depend on its weights, in the
 * order of the model. Each tensor is listed once, by its tap if it has one.
 */
export function tapsRead(stage: Stage, { taps }: ModelInstance): string[] {
  const own = new Set(reachable(...taps.values()))
  const read = new Set<Term>()
  for (const term of reachable(stage.minimize))
    if (!own.has(term)) for (const input of term.inputs) if (own.has(input)) read.add(input)
  const names = new Map<Term, string>()
  // taps come after the bindings that they name
  for (const [path, term] of taps) if (read.has(term) && readsWeights(term)) names.set(term, path)
  return [...names.values()]
}

function readsWeights(term: Term): boolean {
  return reachable(term).some(({ operation }) => operation.op === 'parameter')
}

/** Largest count of numbers in the outputs of one run. */
const mostNumbers = 16e6

function modelFidelity(
  stage: Stage,
  instance: ModelInstance,
  precision: LowPrecision,
  batch: Batch,
  { program, runner, store, compileTaps: compile }: FidelityOptions,
): TapFidelity[] {
  const { name } = instance
  const paths = tapsRead(stage, instance)
  if (paths.length === 0) return []
  const trained = new Set(stage.trained)
  const frozen = storedParameters(instance).flatMap(({ key }) => (trained.has(key) ? [] : [key]))
  const exact = compile(program, name, paths)
  const low = compile(program, name, paths, { precision })
  const comparisons = paths.map((path) => ({ path, comparison: new TensorComparison() }))
  const numbers = [...exact.outputs.values()].reduce(
    (sum, { type }) => sum + elementCount(type, { B: 1, L: batch.L }),
    0,
  )
  const size = Math.max(1, Math.floor(mostNumbers / Math.max(1, numbers)))
  const parts = splitMicrobatches(batch, size, 'max_length')
  for (const part of parts) {
    const run = (graph: Graph) =>
      runner.run(graph, {
        sizes: { B: part.B, L: part.L },
        inputs: part.inputs,
        parameter: store.get,
        random: { seed: 0, stage: 'fidelity', step: 0 },
      })
    const wanted = run(exact)
    // Releases everything, to make room for the model of low precision, which its first run allocates.
    if (part === parts.at(-1)) {
      runner.forget?.(exact)
      runner.dropCopies?.(frozen)
    }
    const got = run(low)
    const attended = part.inputs.get('attended')
    for (const { path, comparison } of comparisons) {
      const [a, b, node] = [wanted.get(path), got.get(path), exact.outputs.get(path)]
      if (a === undefined || b === undefined || node === undefined)
        throw new Error(`no tap ${path} of ${name}`)
      comparison.add(a, b, node.type, attended, part.L)
    }
  }
  runner.forget?.(low)
  return comparisons.map(({ path, comparison }) => ({ path, ...comparison.result }))
}

/** Compares two tensors, batch by batch. */
export class TensorComparison {
  private product = 0
  private squares: [number, number] = [0, 0]
  private same = 0
  private rows = 0

  get result(): Omit<TapFidelity, 'path'> {
    const [a, b] = this.squares
    const cosine = a === 0 && b === 0 ? 1 : this.product / Math.sqrt(a * b)
    return { cosine, ...(this.rows === 0 ? {} : { agreement: this.same / this.rows }) }
  }

  /**
   * Positions that are not attended do not count. `choice`: the last axis whose largest value is what a model
   * predicts.
   */
  add(
    a: HostTensor,
    b: HostTensor,
    { dimensions }: TensorType,
    attended: HostTensor | undefined,
    L: number,
    choice: 'class' | 'token' = 'class',
  ): void {
    const axes = dimensions.map(({ axis }) => axis)
    const chooses = axes.at(-1) === choice
    const width = a.shape.at(-1) ?? 1
    const mixed = axes.at(-1) === 'token' || axes.at(-1) === "token'"
    const index = axes.map(() => 0)
    const isLive = (axis: 'token' | "token'"): boolean => {
      const place = axes.indexOf(axis)
      if (place < 0 || attended === undefined) return true
      const example = axes.indexOf('example')
      return attended.data[(example < 0 ? 0 : (index[example] ?? 0)) * L + (index[place] ?? 0)] !== 0
    }
    for (let start = 0; start < a.data.length; start += width) {
      let rest = start / width
      for (let d = axes.length - 2; d >= 0; d--) {
        const size = a.shape[d] ?? 1
        index[d] = rest % size
        rest = Math.floor(rest / size)
      }
      if (axes.length > 0) index[axes.length - 1] = 0
      if (!mixed && !(isLive('token') && isLive("token'"))) continue
      const isCounted = (i: number): boolean => {
        if (!mixed) return true
        index[axes.length - 1] = i
        return isLive('token') && isLive("token'")
      }
      for (let i = 0; i < width; i++) {
        if (!isCounted(i)) continue
        const [x, y] = [a.data[start + i] ?? Number.NaN, b.data[start + i] ?? Number.NaN]
        this.product += x * y
        this.squares[0] += x * x
        this.squares[1] += y * y
      }
      if (!chooses) continue
      this.rows++
      const best = ({ data }: HostTensor): number => {
        const row = data.subarray(start, start + width)
        return argmax(mixed ? row.map((value, i) => (isCounted(i) ? value : Number.NEGATIVE_INFINITY)) : row)
      }
      if (best(a) === best(b)) this.same++
    }
  }
}
