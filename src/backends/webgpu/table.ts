/** The programs of the GPU by op, all of them. */
import type { KernelTable } from '../../run/device.ts'
import type { WebGpuDevice } from './device.ts'
import { dropoutKernels } from './kernels/dropout.ts'
import { elementwiseKernels } from './kernels/elementwise.ts'
import { lookupKernels } from './kernels/lookup.ts'
import { lossKernels } from './kernels/losses.ts'
import { moveKernels } from './kernels/move.ts'
import { normaliseKernels } from './kernels/normalise.ts'
import { positionKernels } from './kernels/positions.ts'
import { productKernels } from './kernels/product.ts'
import { reduceKernels } from './kernels/reduce.ts'
import { softmaxKernels } from './kernels/softmax.ts'

export function webGpuKernels(device: WebGpuDevice): KernelTable {
  const elements = elementwiseKernels(device)
  return {
    ...elements,
    ...moveKernels(device),
    ...reduceKernels(device),
    ...softmaxKernels(device),
    ...normaliseKernels(device),
    ...lossKernels(device),
    ...lookupKernels(device),
    ...positionKernels(device),
    ...dropoutKernels(device),
    ...productKernels(device, () => elements),
  }
}
