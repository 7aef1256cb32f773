/**
 * The gradients of a batch, summed over its micro-batches, in arrays of the host or on the runner's device.
 * The host's way works with every backend, and is the reference for the other.
 */
import type { OptimizerSpec } from '../check/program.ts'
import { type Division, type OfPart, undivided } from '../cluster/division.ts'
import type { Batch } from '../data/dataset.ts'
import type { Graph } from '../graph/graph.ts'
import { addInPlace, squaredNorm } from '../run/plain-update.ts'
import type { HostTensor, Runner, RunRequest, Updater } from '../run/runner.ts'
import { rootOfSum, scaleInPlace } from './clip.ts'
import type { ParameterStore } from './parameters.ts'
import { PartSums } from './part-sums.ts'
import { type Moment, rateAt } from './schedule.ts'
import type { StepContext } from './step-inputs.ts'
import { applyUpdate, canUpdate, nextUpdates, type OptimizerState } from './update.ts'

/** The weights and moments that an update changes. */
export interface Trained {
  readonly store: ParameterStore
  readonly state: OptimizerState
  readonly moment: Moment
}

export interface GradientSums {
  /** Runs the step graph on a micro-batch and adds its gradients. Returns its other outputs. */
  run(step: Graph, request: RunRequest): ReadonlyMap<string, HostTensor>
  /**
   * Multiplies all sums by a factor, for a mean over micro-batches. Call it once, after the last micro-batch.
   */
  scale(factor: number): void
  /** Ends a part of a divided batch: what follows is added up apart from it. It may have no micro-batch. */
  endPart(): void
  /**
   * After the last part of this rank: the gradients of the parameters that it updates become the sum over the
   * parts of all ranks. It has no others then.
   */
  addUp(batches: readonly OfPart[], store: ParameterStore): void
  /** The norm of all gradients together, on all ranks. */
  norm(): number
  /** The sums by key, of one process. The arrays belong to the caller. */
  read(): Map<string, Float32Array>
  /**
   * Updates weights by these gradients, which become invalid. Each rank updates its own, and gets those of
   * the others. Returns the rate of the optimizer's own group.
   */
  update(spec: OptimizerSpec, trained: Trained, norm: number): number
  /** Discards the gradients and leaves the weights as they are. */
  discard(): void
}

/**
 * Chooses where gradients are summed: in the runner's updater, if the graph keeps its gradients and the
 * updater has the optimizer with all its settings.
 */
export function gradientSums(
  trained: readonly string[],
  step: Graph,
  runner: Runner,
  optimizer: OptimizerSpec | undefined,
  division: Division = undivided,
): GradientSums {
  const { updater } = runner
  if (step.keepsGradients === true && updater && optimizer && canUpdate(updater, optimizer))
    return new DeviceGradients(updater, trained, division)
  return new HostGradients(runner, trained, division)
}

/** Runs the micro-batches of this rank, part by part. `addUp` is to follow. */
export function runOwn<Result>(
  { division = undivided }: StepContext,
  microbatches: readonly Batch[],
  sums: GradientSums,
  run: (batch: Batch, index: number) => Result,
): Result[] {
  if (!division.isDivided) return microbatches.map(run)
  return division.ownParts(microbatches).flatMap((part) => {
    const results = part.map(({ batch, index }) => run(batch, index))
    sums.endPart()
    return results
  })
}

/** Sums gradients over the parts of all ranks. */
export function addUp(
  { division = undivided, store }: StepContext,
  microbatches: readonly Batch[],
  sums: GradientSums,
): void {
  if (division.isDivided) sums.addUp(microbatches, store)
}

export class HostGradients implements GradientSums {
  private readonly runner: Runner
  private readonly keys: readonly string[]
  private readonly sums = new Map<string, Float32Array>()
  private readonly parts: PartSums

  constructor(runner: Runner, keys: readonly string[], division: Division = undivided) {
    this.runner = runner
    this.keys = keys
    this.parts = new PartSums(keys, division)
  }

  run(step: Graph, request: RunRequest): ReadonlyMap<string, HostTensor> {
    const outputs = this.runner.run(step, request)
    for (const key of this.keys) {
      const gradient = arrayOf(outputs, outputName(key))
      const sum = this.sums.get(key)
      if (sum) addInPlace(sum, gradient)
      else this.sums.set(key, gradient)
    }
    return outputs
  }

  scale(factor: number): void {
    // As a float32, so that each product is one of float32 numbers: programs without float64 have the same.
    for (const sum of this.sums.values()) scaleInPlace(sum, Math.fround(factor))
  }

  endPart(): void {
    const { sums } = this
    this.parts.add(sums.size === 0 ? undefined : (key) => sums.get(key) ?? new Float32Array(0))
    sums.clear()
  }

  addUp(batches: readonly OfPart[], store: ParameterStore): void {
    for (const [key, { data }] of this.parts.addUp(batches, store)) this.sums.set(key, data)
  }

  norm(): number {
    return rootOfSum(this.parts.squares([...this.sums.values()].map(squaredNorm)))
  }

  read(): Map<string, Float32Array> {
    return this.sums
  }

  update(spec: OptimizerSpec, { store, state, moment }: Trained, norm: number): number {
    const { rate } = applyUpdate(spec, store, state, this.sums, moment, norm, this.keys)
    this.parts.shareWeights(store)
    return rate
  }

  discard(): void {}
}

class DeviceGradients implements GradientSums {
  private readonly updater: Updater
  private readonly keys: readonly string[]
  private readonly names: ReadonlyMap<string, string>
  private readonly parts: PartSums
  /** Whether the part that goes on has gradients. */
  private isFilled = false
  private factor = 1

  constructor(updater: Updater, keys: readonly string[], division: Division) {
    this.updater = updater
    this.keys = keys
    this.names = new Map(keys.map((key) => [outputName(key), key]))
    this.parts = new PartSums(keys, division)
    // Gradients that a failed step has left.
    updater.discard()
  }

  run(step: Graph, request: RunRequest): ReadonlyMap<string, HostTensor> {
    this.isFilled = true
    return this.updater.accumulate(step, request, this.names)
  }

  endPart(): void {
    this.parts.add(this.isFilled ? (key) => this.updater.gradient(key) : undefined)
    this.isFilled = false
    this.updater.discard()
  }

  addUp(batches: readonly OfPart[], store: ParameterStore): void {
    this.updater.replaceGradients(this.parts.addUp(batches, store))
  }

  scale(factor: number): void {
    this.factor *= factor
  }

  norm(): number {
    return this.factor * rootOfSum(this.parts.squares(this.updater.squares()))
  }

  read(): Map<string, Float32Array> {
    return new Map(
      this.keys.map((key) => {
        const gradient = this.updater.gradient(key).slice()
        if (this.factor !== 1) scaleInPlace(gradient, this.factor)
        return [key, gradient]
      }),
    )
  }

  update(spec: OptimizerSpec, trained: Trained, norm: number): number {
    const updates = nextUpdates(this.keys, { ...trained, spec, norm, factor: this.factor })
    this.updater.update(updates.filter(({ name }) => this.parts.owns(name)))
    this.parts.shareWeights(trained.store)
    return rateAt(spec.settings.rate, trained.moment)
  }

  discard(): void {
    this.updater.discard()
  }
}

function outputName(key: string): string {
  return `gradient ${key}`
}

/** An output as float32 (the reference runner gives float64). */
function arrayOf(outputs: ReadonlyMap<string, HostTensor>, name: string): Float32Array {
  const data = outputs.get(name)?.data
  if (!data) throw new Error(`the graph has no output \`${name}\``)
  return data instanceof Float32Array ? data : Float32Array.from(data)
}
