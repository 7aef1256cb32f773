import type { TermOperation } from '../check/tensor-term.ts'

/** Whether it has no effect on values in evaluation mode. */
export function isTransparent(operation: TermOperation): boolean {
  return operation.op === 'dropout' || (operation.op === 'unary' && operation.name === 'stop_gradient')
}
