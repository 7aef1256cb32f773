/**
 * Updates weights by a batch's gradients: global clipping, the rate at this moment, the settings of each
 * parameter's group, and the optimizer's formula. A parameter that no loss reaches has no gradient, so no
 * update, no decay and no moments.
 */

import type { OptimizerSettings, OptimizerSpec } from '../check/program.ts'
import { editAll, Resident } from '../run/resident.ts'
import type { ParameterUpdate, Updater } from '../run/runner.ts'
import { clipFactor } from '../run/update-rule.ts'
import { globalNorm } from './clip.ts'
import { applyRule } from './optimizers/apply-rule.ts'
import { optimizers } from './optimizers/index.ts'
import type { ParameterStore } from './parameters.ts'
import { type Moment, rateAt } from './schedule.ts'

export interface ParameterState {
  /** Number of updates. */
  updates: number
  /** Moments, in the order of `Optimizer.slots`. */
  readonly slots: readonly Resident[]
}

/**
 * By parameter key, for parameters that were updated at least once. Moments of those that another rank
 * updates have no values here.
 */
export type OptimizerState = Map<string, ParameterState>

/** Releases the memory on devices of a state that is not continued. */
export function releaseState(state: OptimizerState): void {
  for (const { slots } of state.values()) for (const slot of slots) slot.release()
  state.clear()
}

/** The settings of a parameter: those of the last group that names it, otherwise the optimizer's own. */
function settingsOf(spec: OptimizerSpec, key: string): OptimizerSettings {
  return spec.groups.findLast((group) => group.parameters.has(key))?.settings ?? spec.settings
}

/** Whether an updater has the formulas of an optimizer, with all its settings. */
export function canUpdate(updater: Updater, spec: OptimizerSpec): boolean {
  return [spec, ...spec.groups].every(({ settings }) =>
    updater.supports(optimizers[spec.kind].rule({ rate: 1, update: 1, settings, scale: 1 })),
  )
}

export interface UpdateRequest {
  readonly spec: OptimizerSpec
  readonly store: ParameterStore
  readonly state: OptimizerState
  readonly moment: Moment
  /** Global norm of the gradients after multiplication by `factor`. */
  readonly norm: number
  /** 1, or 1 / n for the mean over n micro-batches. */
  readonly factor: number
}

/**
 * The next update of each parameter of `keys`. It is counted in the state, so the caller or another rank must
 * make it.
 */
export function nextUpdates(
  keys: Iterable<string>,
  { spec, store, state, moment, norm, factor }: UpdateRequest,
): ParameterUpdate[] {
  const optimizer = optimizers[spec.kind]
  const { clip } = spec
  const scale = clip !== undefined && !optimizer.clipsEachParameter ? factor * clipFactor(norm, clip) : factor
  return [...keys].map((key) => {
    const parameter = store.get(key)
    const settings = settingsOf(spec, key)
    const own = state.get(key) ?? {
      updates: 0,
      slots: optimizer.slots.map(() => new Resident(parameter.shape)),
    }
    own.updates++
    state.set(key, own)
    const rate = rateAt(settings.rate, moment)
    const context = { rate, update: own.updates, settings, scale, ...(clip === undefined ? {} : { clip }) }
    return { name: key, parameter, slots: own.slots, rule: optimizer.rule(context) }
  })
}

/**
 * One optimizer step on the host. Returns the global norm before clipping, and the rate of the optimizer's
 * own group. A known `norm` can be passed, and the `keys` of all parameters where other ranks update some.
 */
export function applyUpdate(
  spec: OptimizerSpec,
  store: ParameterStore,
  state: OptimizerState,
  gradients: ReadonlyMap<string, Float32Array>,
  moment: Moment,
  norm: number = globalNorm(gradients.values()),
  keys: Iterable<string> = gradients.keys(),
): { readonly norm: number; readonly rate: number } {
  const updates = nextUpdates(keys, { spec, store, state, moment, norm, factor: 1 })
  for (const { name, rule } of updates) {
    const gradient = gradients.get(name)
    const own = state.get(name)
    if (!gradient || !own) continue
    editAll([store.get(name), ...own.slots], ([data, ...slots]) => {
      if (data) applyRule(rule, data, gradient, slots)
    })
  }
  return { norm, rate: rateAt(spec.settings.rate, moment) }
}
