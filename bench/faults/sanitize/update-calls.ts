/** Updates of a parameter by a gradient: all rules, one by one and together. */
import type { Device, Held } from '../../../src/run/device.ts'
import type { UpdateKernels } from '../../../src/run/device-updater.ts'
import { optimizers } from '../../../src/train/optimizers/index.ts'
import { updateKinds, updateSettings } from '../../../test/run/update-settings.ts'

export function updateCalls(
  device: Device,
  updates: UpdateKernels,
  gradient: Held,
  uniform: () => number,
): void {
  const count = gradient.shape.reduce((product, size) => product * size, 1)
  if (count === 0 || uniform() < 0.7) return
  const optimizer = optimizers[updateKinds[Math.floor(uniform() * updateKinds.length)] ?? 'adam']
  const decay = uniform() < 0.5 ? 0 : updateSettings.weightDecay
  const rule = optimizer.rule({
    rate: 1e-2,
    update: 1 + Math.floor(9 * uniform()),
    settings: { ...updateSettings, weightDecay: decay },
    scale: 0.5,
  })
  const made = (): Held =>
    device.upload(
      Float32Array.from({ length: count }, () => uniform() - 0.5),
      gradient.shape,
      'float32',
    )
  const [parameter, ...slots] = [made(), ...optimizer.slots.map(made)]
  if (parameter === undefined) throw new Error('no parameter')
  const [squares = 0] =
    uniform() < 0.5 ? [updates.squares(gradient)] : (updates.squaresOfAll?.([gradient]) ?? [])
  const one = { rule, parameter, gradient, slots, squares }
  if (uniform() < 0.5) updates.updateAll?.([one, one])
  else updates.update(rule, parameter, gradient, slots, squares)
  updates.add(parameter, gradient)
  for (const held of [parameter, ...slots]) device.release(held)
}
