/** A few shape rules that need no kernels, for tests of the graph itself. */
import type { OpShapes } from '../../src/graph/build.ts'
import { GraphError, type TensorType } from '../../src/graph/graph.ts'
import { tensorType, toAxis, unionDimensions, withoutAxes } from '../../src/graph/type.ts'

function first(inputs: readonly TensorType[]): TensorType {
  const [type] = inputs
  if (type === undefined) throw new GraphError('an input is missing')
  return type
}
const same = { infer: first }
const broadcast = {
  infer: (inputs: readonly TensorType[]): TensorType =>
    tensorType(first(inputs).dtype, unionDimensions(...inputs.map((t) => t.dimensions))),
}

export const fakeOps: OpShapes = {
  tanh: same,
  negate: same,
  scale: same,
  norm: same,
  dropout_mask: same,
  add: broadcast,
  multiply: broadcast,
  sum: {
    infer: (inputs, attributes) => {
      const axes = Array.isArray(attributes.axes) ? attributes.axes.map(toAxis) : []
      return tensorType('f32', withoutAxes(first(inputs).dimensions, axes))
    },
  },
}
