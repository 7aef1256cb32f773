/** Native kernels of TensorFlow first, host code on copies for what it has none for. */
import { firstOf, type KernelTable } from '../../run/device.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import { libraryKernels } from '../tfjs/library.ts'

/** The kernel `Pow` of tfjs-node takes values of TensorFlow.js's engine only, and nothing here is one. */
const { power: _, ...own } = libraryKernels

export const tensorflowKernels: KernelTable = firstOf(own, arrayKernels)
