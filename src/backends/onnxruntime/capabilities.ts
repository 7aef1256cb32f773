/** What graphs for ONNX Runtime may have: known without its package, which only runs load. */
import { divergenceOps, fusedOps } from '../../graph/ops/fused.ts'
import { productsIn } from '../../graph/precision.ts'
import { byteMasks, cachedParts, weightUpdate } from '../../optimize/pass.ts'

/** Of the fused ops, those that its own operators make in fewer passes than what they are made of. */
const fusedByItself = ['scaled_softmax', 'linear_activation', 'contract_activation_gradient'] as const

/** `compiled`: whether there are operators in C. Caches that parts of a batch fit are a processor's. */
export function onnxCapabilities(compiled: boolean, provider = 'cpu'): ReadonlySet<string> {
  return new Set([
    ...(compiled ? [...fusedOps, ...divergenceOps] : fusedByItself),
    byteMasks,
    weightUpdate,
    ...(provider === 'cpu' ? [cachedParts] : []),
    productsIn('int8'),
  ])
}
