/**
 * The list of ops that work element by element, with inputs aligned by axis name. Gradients and fused ops,
 * which only passes and differentiation make, are not in it.
 */
import type { OpKey } from './index.ts'

export const elementWiseOps: readonly OpKey[] = [
  'negate',
  'abs',
  'sqrt',
  'exp',
  'log',
  'floor',
  'tanh',
  'relu',
  'gelu',
  'gelu_tanh',
  'sigmoid',
  'sign',
  'square',
  'stop_gradient',
  'cast',
  'not',
  'add',
  'subtract',
  'multiply',
  'divide',
  'power',
  'minimum',
  'maximum',
  'less',
  'less_equal',
  'greater',
  'greater_equal',
  'equal',
  'not_equal',
  'and',
  'select',
]
