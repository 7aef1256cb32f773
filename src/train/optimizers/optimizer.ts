/**
 * The type of an optimizer: the coefficients of one update of one parameter. `UpdateRule` computes the
 * update, on the host or on a device. The moments belong to the caller. So a checkpoint is a plain list of
 * arrays, and a resumed run is equal bit for bit.
 */
import type { OptimizerSettings, OptimizerSpec } from '../../check/program.ts'
import type { UpdateRule } from '../../run/update-rule.ts'

export interface UpdateContext {
  /** The learning rate of this update, after the schedule. */
  readonly rate: number
  /** The number of this update of the parameter, from 1, for bias correction. */
  readonly update: number
  readonly settings: OptimizerSettings
  /** The first factor of the gradient: clipping by the global norm. */
  readonly scale: number
  /** Largest norm of one parameter's gradient; absent: no limit. Only BertAdam clips each parameter. */
  readonly clip?: number
}

export interface Optimizer {
  readonly kind: OptimizerSpec['kind']
  /** Names of the arrays for each parameter. Each is as long as the parameter, and zero at first. */
  readonly slots: readonly string[]
  /** Whether it clips the gradient of each parameter, in place of the global norm. */
  readonly clipsEachParameter: boolean
  readonly rule: (context: UpdateContext) => UpdateRule
}

export const moments = ['first_moment', 'second_moment'] as const

/** The corrections of Adam's moments for their start at zero: 1 / (1 - b1^t) and 1 / sqrt(1 - b2^t). */
export function biasCorrections({ settings, update }: UpdateContext): {
  readonly first: number
  readonly root: number
} {
  const [b1, b2] = settings.betas
  return { first: 1 / (1 - b1 ** update), root: 1 / Math.sqrt(1 - b2 ** update) }
}
