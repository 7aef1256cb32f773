/**
 * Kernels of TensorFlow.js's plain backend on native memory: whatever oneDNN has nothing for. They read typed
 * arrays, which here are views of that memory.
 */
import '@tensorflow/tfjs-backend-cpu'
import { getKernelsForBackend, type KernelConfig } from '@tensorflow/tfjs-core'

/** It draws on a canvas of a browser, and memory of this backend is in none. */
const ofBrowsers = 'Draw'

/** All that run on Node, under another backend's name. */
export function hostKernels(backendName: string): readonly KernelConfig[] {
  return getKernelsForBackend('cpu')
    .filter(({ kernelName }) => kernelName !== ofBrowsers)
    .map((kernel) => ({ ...kernel, backendName }))
}
