/**
 * The gradients of a batch, summed over its micro-batches, in arrays of the host or on the runner's device.
 * The host's way works with every backend, and is the reference for the other.
 */
import type { OptimizerSpec } from '../check/program.ts'
import type { Graph } from '../graph/graph.ts'
import type { HostTensor, Runner, RunRequest, Updater } from '../run/runner.ts'
import { addInPlace, globalNorm, scaleInPlace } from './clip.ts'
import type { ParameterStore } from './parameters.ts'
import { type Moment, rateAt } from './schedule.ts'
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
  /** The norm of all gradients together. */
  norm(): number
  /** The sums by key. The arrays belong to the caller. */
  read(): Map<string, Float32Array>
  /**
   * Updates weights by these gradients, which become invalid. Returns the rate of the optimizer's own group.
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
): GradientSums {
  const { updater } = runner
  if (step.keepsGradients === true && updater && optimizer && canUpdate(updater, optimizer))
    return new DeviceGradients(updater, trained)
  return new HostGradients(runner, trained)
}

export class HostGradients implements GradientSums {
  private readonly runner: Runner
  private readonly keys: readonly string[]
  private readonly sums = new Map<string, Float32Array>()

  constructor(runner: Runner, keys: readonly string[]) {
    this.runner = runner
    this.keys = keys
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

  norm(): number {
    return globalNorm(this.sums.values())
  }

  read(): Map<string, Float32Array> {
    return this.sums
  }

  update(spec: OptimizerSpec, { store, state, moment }: Trained, norm: number): number {
    return applyUpdate(spec, store, state, this.sums, moment, norm).rate
  }

  discard(): void {}
}

class DeviceGradients implements GradientSums {
  private readonly updater: Updater
  private readonly keys: readonly string[]
  private readonly names: ReadonlyMap<string, string>
  private factor = 1

  constructor(updater: Updater, keys: readonly string[]) {
    this.updater = updater
    this.keys = keys
    this.names = new Map(keys.map((key) => [outputName(key), key]))
    // Gradients that a failed step has left.
    updater.discard()
  }

  run(step: Graph, request: RunRequest): ReadonlyMap<string, HostTensor> {
    return this.updater.accumulate(step, request, this.names)
  }

  scale(factor: number): void {
    this.factor *= factor
  }

  norm(): number {
    return this.factor * this.updater.norm()
  }

  read(): Map<string, Float32Array> {
    return new Map(
      this.keys.map((key) => {
        const gradient = this.updater.gradient(key)
        if (this.factor !== 1) scaleInPlace(gradient, this.factor)
        return [key, gradient]
      }),
    )
  }

  update(spec: OptimizerSpec, trained: Trained, norm: number): number {
    this.updater.update(nextUpdates(this.keys, { ...trained, spec, norm, factor: this.factor }))
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
