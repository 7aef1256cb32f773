/** Registers the backend and its kernels with TensorFlow.js, which keeps both for the whole process. */
import { type KernelConfig, registerBackend, registerKernel, type TensorInfo } from '@tensorflow/tfjs-core'
import { DiagnosticError } from '../../../diagnostics/diagnostic.ts'
import { threadCount } from '../../threads.ts'
import { openNative } from '../native.ts'
import { NativeBackend } from './backend.ts'
import { backendName, type Kernel, registerFlags } from './call.ts'
import { binaryKernels } from './kernels/binary.ts'
import { convolutionKernels } from './kernels/convolutions.ts'
import { hostKernels } from './kernels/host.ts'
import { lookupKernels } from './kernels/lookups.ts'
import { movementKernels } from './kernels/movement.ts'
import { normalizationKernels } from './kernels/normalization.ts'
import { poolingKernels } from './kernels/pooling.ts'
import { productKernels } from './kernels/products.ts'
import { reductionKernels } from './kernels/reductions.ts'
import { softmaxKernels } from './kernels/softmax.ts'
import { unaryKernels } from './kernels/unary.ts'

/** That of TensorFlow.js's own native backend: before WebAssembly and WebGL. */
const priority = 3

/**
 * By the names of TensorFlow.js: ops that oneDNN computes if sizes and types allow it, and ops with host code
 * of their own.
 */
export const ownKernels: { readonly [kernelName: string]: Kernel } = {
  ...unaryKernels,
  ...binaryKernels,
  ...productKernels,
  ...softmaxKernels,
  ...reductionKernels,
  ...movementKernels,
  ...convolutionKernels,
  ...poolingKernels,
  ...normalizationKernels,
  ...lookupKernels,
}

/**
 * The factory rejects with E1120 where koffi or oneDNN is missing; TensorFlow.js prints that and takes the
 * next backend.
 */
export function register(): void {
  registerFlags()
  for (const kernel of hostKernels(backendName)) registerKernel(withOwn(kernel))
  registerBackend(
    backendName,
    async () => new NativeBackend(await openNative(threadCount()).catch(inOneLine)),
    priority,
  )
}

/**
 * TensorFlow.js prints the stack of an error of a factory, if there is one. Here that is the message and the
 * remedy.
 */
function inOneLine(error: unknown): never {
  if (!(error instanceof DiagnosticError)) throw error
  const lines = error.diagnostics.map(({ code, message, help }) => `${code}: ${message}; to help: ${help}`)
  throw Object.assign(new Error(lines.join('\n')), { stack: '' })
}

function withOwn(host: KernelConfig): KernelConfig {
  const kernel = ownKernels[host.kernelName]
  return {
    ...host,
    kernelFunc: (parameters): TensorInfo | TensorInfo[] => {
      const { inputs, attrs = {}, backend } = parameters
      if (!(backend instanceof NativeBackend)) throw new Error('a kernel of another backend')
      const done = kernel?.({ inputs, attributes: attrs, backend })
      if (done !== undefined) return done
      const values = host.kernelFunc(parameters)
      return Array.isArray(values) ? values.map((value) => backend.settled(value)) : backend.settled(values)
    },
  }
}
