/** What is known of the backend without starting it, for commands that only compile, and for `doctor`. */
import type { OpKey } from '../../graph/ops/index.ts'

/** Fused ops that the GPU has programs for. */
export const fusedOnGpu = [
  'scaled_softmax',
  'scaled_softmax_gradient',
  'linear_activation',
  'contract_activation_gradient',
  'residual_layer_norm',
  'layer_norm_gradient',
  'layer_norm_scale_gradient',
] as const satisfies readonly OpKey[]

/** What would make it usable where it does not start for such a reason; undefined where no command does. */
export function webGpuRemedy(reason: string, platform: NodeJS.Platform): string | undefined {
  const missing = /package (\S+) is not installed/.exec(reason)?.[1]
  if (missing !== undefined) return `npm install ${missing}`
  return reason.includes('graphics driver') && platform === 'linux'
    ? 'apt-get install mesa-vulkan-drivers'
    : undefined
}
