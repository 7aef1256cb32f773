/** Native kernels of TensorFlow first, host code on copies for what it has none for. */
import { firstOf, type KernelTable } from '../../run/device.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import { libraryKernels } from '../tfjs/library.ts'

export const tensorflowKernels: KernelTable = firstOf(libraryKernels, arrayKernels)
