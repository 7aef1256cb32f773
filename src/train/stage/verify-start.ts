/**
 * Compares the first steps of a stage with the reference: the stage as it is written, without any pass, in
 * float64. Both compute the same few examples of the run's own data from the same weights. The weights and
 * moments of the run are not touched.
 */
import type { OptimizerSpec } from '../../check/program.ts'
import { splitMicrobatches } from '../../data/batching.ts'
import type { Batch } from '../../data/dataset.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { notAsReference } from '../../diagnostics/messages/backends.ts'
import type { RandomKey } from '../../graph/graph.ts'
import { precisionOf } from '../../graph/precision.ts'
import { globalNorm } from '../clip.ts'
import type { RunParts } from '../run-parts.ts'
import type { Moment } from '../schedule.ts'
import type { StartCheck } from '../start-check.ts'
import { evaluateBatch, trainStep } from '../step.ts'
import type { StepContext } from '../step-inputs.ts'
import { applyUpdate, type OptimizerState, releaseState } from '../update.ts'
import type { StageRun } from './stage-run.ts'

/** A stage is compared for at most so many steps, and no new one begins after so many milliseconds. */
const mostSteps = 20
const longest = 5 * 60_000

/** Losses between pairs or triples of examples need a few. */
const mostExamples = 4

/**
 * Largest relative differences. Right kernels of float32 differ by about 1e-6, wrong ones by 1e-2 and more. A
 * rounded byte may fall on the other side, so low precision has more room.
 */
const allowed = { float32: 1e-3, low: 5e-2 } as const

/** A difference is relative to the gradient's norm, or to this share of the norm of all if that is more. */
const smallGradient = 1e-3

/** A gradient below this share of the norm of all is rounding alone, and Adam makes an update of it. */
const noise = 1e-6

/** Throws DiagnosticError E1009 where the backend differs from the reference. */
export async function verifyStart(run: RunParts, begun: StageRun): Promise<void> {
  const { options, state } = run
  const { startCheck: check, observer, folder, runner, interrupted, division } = options
  if (check === undefined || begun.isOver(state.progress)) return
  const { stage, total } = begun
  const { step: first } = state.progress
  observer.note?.(`stage ${stage.name}: comparing the first steps with the reference`)
  const since = state.now()
  const comparison = new Comparison(begun.context, begun.optimizer, check)
  let [steps, examples] = [0, 0]
  try {
    while (first + steps < total && steps < mostSteps && state.now() - since < longest) {
      // The ranks of a cluster are asked together, and may verify unequally many steps.
      if ((division?.cluster.size ?? 1) === 1 && interrupted?.()) return
      const batches = fewExamples(begun, first + steps)
      comparison.step(batches, begun.randomAt(first + steps), begun.momentAt(first + steps))
      steps++
      examples += batches.reduce((sum, { B }) => sum + B, 0)
      const { what, off, limit } = comparison
      if (!(off <= limit)) {
        const where = { span: stage.span, backend: runner.name, stage: stage.name, step: first + steps }
        throw new DiagnosticError(notAsReference({ ...where, what, off, limit }))
      }
      await new Promise(setImmediate)
    }
  } finally {
    comparison.dispose()
  }
  const seconds = (state.now() - since) / 1000
  const verified = {
    stage: stage.name,
    steps,
    examples,
    largest: comparison.off,
    of: comparison.what,
    seconds,
  }
  observer.startVerified?.(verified)
  folder.log({ event: 'start_verified', ...verified, step: first })
}

/** The first examples of a step's first micro-batch, with the values of frozen models. */
function fewExamples(begun: StageRun, step: number): readonly Batch[] {
  const { context, frozen } = begun
  const padding = context.graphs.readsPadding ? 'max_length' : 'longest'
  return begun
    .batches(step)
    .slice(0, 1)
    .flatMap((batch) => splitMicrobatches(batch, mostExamples, padding).slice(0, 1))
    .map((batch) => frozen?.complete(batch) ?? batch)
}

type Arrays = ReadonlyMap<string, Float32Array>

/** Steps on both sides, from the same weights each. */
class Comparison {
  readonly limit: number
  /** The largest relative difference so far. NaN where only one side is a number. */
  off = 0
  what = 'the losses'
  private readonly backend: StepContext
  private readonly reference: StepContext
  private readonly optimizer: OptimizerSpec
  private readonly states: { readonly backend: OptimizerState; readonly reference: OptimizerState }

  constructor(context: StepContext, optimizer: OptimizerSpec, { runner, differentiate }: StartCheck) {
    const { stage, graphs, store } = context
    const isLow = graphs.written.nodes.some(({ attributes }) => precisionOf(attributes) !== undefined)
    const written = { ...graphs, step: differentiate(graphs.written, stage) }
    this.limit = isLow ? allowed.low : allowed.float32
    this.backend = { ...context, store: store.withOwn(stage.trained) }
    this.reference = { ...context, runner, graphs: written, store: store.withOwn(stage.trained) }
    this.optimizer = optimizer
    this.states = { backend: new Map(), reference: new Map() }
  }

  step(batches: readonly Batch[], random: RandomKey, moment: Moment): void {
    const { backend, reference, optimizer, states } = this
    const got = evaluateBatch(backend, batches, random, moment)
    const wanted = evaluateBatch(reference, batches, random, moment)
    // A loss that is infinite on both sides is explained when it is trained.
    if (!Number.isFinite(got.total) && !Number.isFinite(wanted.total)) return
    for (const [name, value] of [...wanted.terms, ['total', wanted.total] as const]) {
      const loss = name === 'total' ? got.total : (got.terms.get(name) ?? Number.NaN)
      this.add(`loss ${name}`, Math.abs(loss - value), Math.max(Math.abs(value), 1e-3))
    }
    const least = smallGradient * globalNorm(wanted.gradients.values())
    for (const [key, gradient] of wanted.gradients) {
      const norm = Math.max(globalNorm([gradient]), least)
      this.add(`the gradient of ${key}`, distance(got.gradients.get(key), gradient), norm)
    }
    if (!(this.off <= this.limit)) return
    trainStep(backend, optimizer, states.backend, batches, random, moment)
    this.compareUpdate(got.gradients, moment)
  }

  dispose(): void {
    const { backend, reference, states } = this
    backend.runner.updater?.discard()
    reference.runner.forget?.(reference.graphs.step)
    for (const { store, stage } of [backend, reference]) store.release(stage.trained)
    for (const state of [states.backend, states.reference]) releaseState(state)
  }

  /**
   * Compares the weights after the backend's update with those after the host's, by the same gradients. Then
   * both sides have the backend's.
   */
  private compareUpdate(gradients: Arrays, moment: Moment): void {
    const [own, reference] = [this.backend.store, this.reference.store]
    const before = reference.snapshot(gradients.keys())
    applyUpdate(this.optimizer, reference, this.states.reference, gradients, moment)
    const least = noise * globalNorm(gradients.values())
    for (const [key, gradient] of gradients) {
      const [got, wanted] = [own.get(key).read(), reference.get(key).data]
      const rounding = 2 ** -22 * globalNorm([wanted])
      if (globalNorm([gradient]) > least) {
        const off = distance(got, wanted) - rounding
        this.add(`the update of ${key}`, off < 0 ? 0 : off, distance(before.get(key), wanted))
      }
      reference.assign(key, got)
    }
  }

  private add(what: string, difference: number, size: number): void {
    const off = difference === 0 ? 0 : difference / size
    if (off <= this.off || Number.isNaN(this.off)) return
    this.off = off
    this.what = what
  }
}

/** The Euclidean distance; NaN where one is absent. */
function distance(a: Float32Array | undefined, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < b.length; i++) sum += ((a?.[i] ?? Number.NaN) - (b[i] as number)) ** 2
  return Math.sqrt(sum)
}
