/**
 * Which results need no memory of their own. Ops that leave every element in place share the memory of their
 * input. In a graph that donates buffers, a result may overwrite an input without later readers, if the
 * kernel reads each element, or each row, before it writes there. The rules depend on types only, so that a
 * plan and an executor agree.
 */
import type { Axis, Node, TensorType } from '../graph/graph.ts'
import { type BatchSizes, concreteSize, elementCount, equalTypes } from '../graph/type.ts'

/**
 * Ops whose result at a position depends on their inputs at that position only, apart from inputs that are
 * broadcast.
 */
const elementWise: ReadonlySet<string> = new Set([
  'add',
  'subtract',
  'multiply',
  'divide',
  'power',
  'minimum',
  'maximum',
  'negate',
  'abs',
  'exp',
  'log',
  'floor',
  'relu',
  'sigmoid',
  'tanh',
  'sqrt',
  'square',
  'sign',
  'gelu',
  'gelu_tanh',
  'gelu_gradient',
  'gelu_tanh_gradient',
  'dropout',
])

/**
 * Inputs of ops that work row by row along one axis. Kernels read a whole row before they write in it, and
 * never read it again. Kernels of every backend do this (test/backends runs each in place).
 */
const rowWise: ReadonlyMap<string, readonly number[]> = new Map([
  ['select', [1, 2]],
  ['softmax', [0]],
  ['scaled_softmax', [0]],
  ['softmax_gradient', [0, 1]],
  ['scaled_softmax_gradient', [0, 1, 2]],
  ['dropout_softmax_gradient', [0, 1]],
  ['log_softmax', [0]],
  ['log_softmax_gradient', [0, 1]],
  ['cross_entropy_labels_gradient', [0]],
  ['kl_gradient', [0, 1, 3]],
  ['standardize', [0]],
  ['layer_norm', [0]],
  ['residual_layer_norm', [0, 1]],
  ['standardize_gradient', [0, 1]],
  ['layer_norm_gradient', [0, 1]],
])

/**
 * Ops that read `x` after which no other value may have the same name: backends cache packed operands of
 * products under it.
 */
const packing: ReadonlySet<string> = new Set([
  'contract',
  'linear',
  'linear_activation',
  'contract_activation_gradient',
])

/**
 * Indices of inputs that the result of the node may overwrite. They are read before they are written, have
 * the result's type, and are not fixed. The caller decides whether such an input dies here and has no other
 * reader.
 */
export function overwritable(node: Node): readonly number[] {
  const rows = rowWise.get(node.op)
  if (rows === undefined && !elementWise.has(node.op)) return []
  return node.inputs.flatMap((input, index) =>
    (rows?.includes(index) ?? true) &&
    !isFixed(input) &&
    input.op !== 'input' &&
    equalTypes(input.type, node.type)
      ? [index]
      : [],
  )
}

/** Whether a backend may cache a value that this op reads in another form. */
export function packs(op: string): boolean {
  return packing.has(op)
}

/** Held all the time: parameters and constants. */
export function isFixed(node: Node): boolean {
  return node.op === 'parameter' || node.op === 'constant' || node.op === 'vector'
}

/**
 * Whether the result has the elements of input 0 in the same order, so that it is another name for the same
 * memory.
 */
export function sharesInput(node: Node, sizes: BatchSizes): boolean {
  const [input] = node.inputs
  if (input === undefined) return false
  switch (node.op) {
    case 'stop_gradient':
    case 'again':
      return true
    case 'slice':
    case 'pick':
    case 'broadcast':
      return elementCount(input.type, sizes) === elementCount(node.type, sizes)
    case 'rename': {
      const { from, to } = node.attributes
      return sameOrder(input.type, node.type, sizes, (axis) => (axis === from && isText(to) ? [to] : [axis]))
    }
    case 'split':
      return sameOrder(input.type, node.type, sizes, (axis) => (axis === 'unit' ? ['head', 'unit'] : [axis]))
    case 'join':
      return sameOrder(node.type, input.type, sizes, (axis) => (axis === 'unit' ? ['head', 'unit'] : [axis]))
    default:
      return false
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** Whether the axes of one type, renamed, stand in the order of the other's, apart from axes of size 1. */
function sameOrder(
  from: TensorType,
  to: TensorType,
  sizes: BatchSizes,
  rename: (axis: Axis) => readonly string[],
): boolean {
  const long = new Set<string>(
    to.dimensions.filter((d) => concreteSize(d.size, sizes) > 1).map((d) => d.axis),
  )
  const renamed = from.dimensions.flatMap((d) => rename(d.axis)).filter((axis) => long.has(axis))
  const wanted = to.dimensions.map((d) => d.axis).filter((axis) => long.has(axis))
  return renamed.join() === wanted.join()
}
