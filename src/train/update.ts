/**
 * From a batch's gradients to new weights: global clipping, the rate of the moment, the settings of each parameter's group, the
 * optimizer's formula. Only parameters with a gradient are touched: one that no loss reaches has no update, no decay and no moments.
 */
import type { OptimizerSettings, OptimizerSpec } from '../check/program.ts'
import { clipFactor, globalNorm } from './clip.ts'
import { optimizers } from './optimizers/index.ts'
import type { ParameterStore } from './parameters.ts'
import { type Moment, rateAt } from './schedule.ts'

/** Moments and the number of updates, for each parameter key that was updated at least once. */
export type OptimizerState = Map<string, { updates: number; slots: Float32Array[] }>

/** The settings in force for a parameter: those of the last group that names it, else the optimizer's own. */
function settingsOf(spec: OptimizerSpec, key: string): OptimizerSettings {
  return spec.groups.findLast((group) => group.parameters.has(key))?.settings ?? spec.settings
}

/**
 * One optimizer step. Returns the global norm before clipping and the rate of the optimizer's own
 * group. `norm`, where it is known already, saves computing it again.
 */
export function applyUpdate(
  spec: OptimizerSpec,
  store: ParameterStore,
  state: OptimizerState,
  gradients: ReadonlyMap<string, Float32Array>,
  moment: Moment,
  norm: number = globalNorm(gradients.values()),
): { readonly norm: number; readonly rate: number } {
  const optimizer = optimizers[spec.kind]
  const global = spec.clip !== undefined && !optimizer.clipsEachParameter
  const scale = global ? clipFactor(norm, spec.clip) : 1
  for (const [key, gradient] of gradients) {
    const { data } = store.get(key)
    const settings = settingsOf(spec, key)
    let own = state.get(key)
    if (!own) {
      own = { updates: 0, slots: optimizer.slots.map(() => new Float32Array(data.length)) }
      state.set(key, own)
    }
    own.updates++
    optimizer.update(data, gradient, own.slots, {
      rate: rateAt(settings.rate, moment),
      update: own.updates,
      settings,
      scale,
      ...(spec.clip === undefined ? {} : { clip: spec.clip }),
    })
    store.changed(key)
  }
  return { norm, rate: rateAt(spec.settings.rate, moment) }
}
