/**
 * What an optimizer is: one pure update of one parameter. State (moments) belongs to the caller, so that a checkpoint is a plain list of
 * arrays and a resumed run goes on bit for bit. Arithmetic is float64 per element; parameters and slots are stored as float32.
 */
import type { OptimizerSettings, OptimizerSpec } from '../../check/program.ts'

export interface UpdateContext {
  /** The learning rate of this update, after the schedule. */
  readonly rate: number
  /** Which update of this parameter it is, from 1: bias correction. */
  readonly update: number
  readonly settings: OptimizerSettings
  /** What the gradient is multiplied by first: clipping by the global norm. 1 where absent. */
  readonly scale?: number
  /** Largest norm of one parameter's gradient; only BertAdam clips per parameter. */
  readonly clip?: number
}

export interface Optimizer {
  readonly kind: OptimizerSpec['kind']
  /** Names of the arrays it keeps for each parameter, each as long as the parameter, zero at first. */
  readonly slots: readonly string[]
  /** Clips each parameter's gradient by itself, so that no global norm is applied. */
  readonly clipsEachParameter: boolean
  /** Changes `parameter` and `slots` in place; `gradient` is left alone. */
  readonly update: (
    parameter: Float32Array,
    gradient: Float32Array,
    slots: readonly Float32Array[],
    context: UpdateContext,
  ) => void
}

/** The slot of that position; absent only if the caller broke the contract. */
export function slotAt(slots: readonly Float32Array[], index: number): Float32Array {
  const slot = slots[index]
  if (!slot) throw new Error(`optimizer state has no slot ${index}`)
  return slot
}
