import type { OptimizerSettings } from '../../src/check/program.ts'

/** Every rule of an update, and settings that all of them read. */
export const updateKinds = ['adamw', 'adam', 'bert_adam', 'lamb', 'sgd'] as const
export const updateSettings: OptimizerSettings = {
  rate: { kind: 'constant', rate: 1e-2 },
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weightDecay: 0.01,
  momentum: 0.9,
}
