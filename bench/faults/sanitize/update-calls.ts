/** Updates of a parameter by a gradient: all rules, one by one and together. */
import type { OptimizerSettings } from '../../../src/check/program.ts'
import type { Device, Held } from '../../../src/run/device.ts'
import type { UpdateKernels } from '../../../src/run/device-updater.ts'
import { optimizers } from '../../../src/train/optimizers/index.ts'

const kinds = ['adamw', 'adam', 'bert_adam', 'lamb', 'sgd'] as const
const settings: OptimizerSettings = {
  rate: { kind: 'constant', rate: 1e-2 },
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weightDecay: 0.01,
  momentum: 0.9,
}

export function updateCalls(
  device: Device,
  updates: UpdateKernels,
  gradient: Held,
  uniform: () => number,
): void {
  const count = gradient.shape.reduce((product, size) => product * size, 1)
  if (count === 0 || uniform() < 0.7) return
  const optimizer = optimizers[kinds[Math.floor(uniform() * kinds.length)] ?? 'adam']
  const decay = uniform() < 0.5 ? 0 : settings.weightDecay
  const rule = optimizer.rule({
    rate: 1e-2,
    update: 1 + Math.floor(9 * uniform()),
    settings: { ...settings, weightDecay: decay },
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
