/** The ops that only passes introduce, each where a backend has a kernel for it (`Runner.capabilities`). */
import type { OpKey } from './index.ts'

export const fusedOps: readonly OpKey[] = ['scaled_softmax', 'scaled_softmax_gradient']
