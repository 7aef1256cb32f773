/** The ops that only passes introduce, each where a backend has a kernel for it (`Runner.capabilities`). */
import type { OpKey } from './index.ts'

export const fusedOps: readonly OpKey[] = [
  'scaled_softmax',
  'scaled_softmax_gradient',
  'linear_activation',
  'contract_activation_gradient',
  'residual_layer_norm',
  'layer_norm_gradient',
  'layer_norm_scale_gradient',
]

/**
 * The same, of a divergence at a temperature: worth it where one pass over wide rows is one loop of compiled
 * code.
 */
export const divergenceOps: readonly OpKey[] = ['scaled_kl', 'kl_gradient']
