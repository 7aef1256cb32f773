/**
 * Kernels of TensorFlow.js's plain backend on native memory: whatever oneDNN has nothing for. They read typed arrays, which here are views of that memory.
 */
import '@tensorflow/tfjs-backend-cpu'
import { getKernelsForBackend, type KernelConfig } from '@tensorflow/tfjs-core'

/** All of them, under another backend's name. */
export function hostKernels(backendName: string): readonly KernelConfig[] {
  return getKernelsForBackend('cpu').map((kernel) => ({ ...kernel, backendName }))
}
