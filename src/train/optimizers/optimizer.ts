/**
 * What an optimizer is: the coefficients of one update of one parameter. The arithmetic is the rule's
 * (`UpdateRule`), on the host or on a device; state (moments) belongs to the caller, so that a checkpoint is
 * a plain list of arrays and a resumed run goes on bit for bit.
 */
import type { OptimizerSettings, OptimizerSpec } from '../../check/program.ts'
import type { UpdateRule } from '../../run/update-rule.ts'

export interface UpdateContext {
  /** The learning rate of this update, after the schedule. */
  readonly rate: number
  /** Which update of this parameter it is, from 1: bias correction. */
  readonly update: number
  readonly settings: OptimizerSettings
  /** What the gradient is multiplied by first: clipping by the global norm. */
  readonly scale: number
  /** Largest norm of one parameter's gradient, no limit where absent; only BertAdam clips per parameter. */
  readonly clip?: number
}

export interface Optimizer {
  readonly kind: OptimizerSpec['kind']
  /** Names of the arrays it keeps for each parameter, each as long as the parameter, zero at first. */
  readonly slots: readonly string[]
  /** Clips each parameter's gradient by itself, so that no global norm is applied. */
  readonly clipsEachParameter: boolean
  readonly rule: (context: UpdateContext) => UpdateRule
}

export const moments = ['first_moment', 'second_moment'] as const

/** The corrections of Adam's moments for having begun at zero: 1 / (1 - b1^t) and 1 / sqrt(1 - b2^t). */
export function biasCorrections({ settings, update }: UpdateContext): {
  readonly first: number
  readonly root: number
} {
  const [b1, b2] = settings.betas
  return { first: 1 / (1 - b1 ** update), root: 1 / Math.sqrt(1 - b2 ** update) }
}
