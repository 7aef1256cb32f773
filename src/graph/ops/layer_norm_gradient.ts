import type { OpDefinition } from '../graph.ts'
import { multiply } from './multiply.ts'
import { standardize_gradient } from './standardize_gradient.ts'
import { requireEqualSize, requireNumber, requireReal, requireShape, take } from './support/inputs.ts'

/**
 * standardize_gradient(x, g scale){epsilon}: the backward pass through layer_norm to x. Inputs x, g, scale.
 * Only passes introduce it, so it has no vjp.
 *   (C1) x and g as standardize_gradient asks for them  (C2) scale, f32, is [unit], of x's size
 */
export const layer_norm_gradient: OpDefinition = {
  name: 'layer_norm_gradient',
  infer: (inputs, attributes) => {
    const [x, g, scale] = take('layer_norm_gradient', inputs, 3)
    requireReal('layer_norm_gradient', 'the scale', scale)
    const [units = 0] = requireShape('layer_norm_gradient', 'the scale', scale, ['unit'])
    requireEqualSize(
      'layer_norm_gradient',
      'units of x and scale',
      requireNumber('layer_norm_gradient', x, 'unit'),
      units,
    )
    return standardize_gradient.infer([x, g], attributes)
  },
  decompose: (builder, inputs, attributes) => {
    const [x, g, scale] = take('layer_norm_gradient', inputs, 3)
    return builder.add('standardize_gradient', [x, builder.add('multiply', [g, scale])], attributes)
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x, g, scale] = take('layer_norm_gradient', inputs, 3)
    const value = multiply.evaluate([g, scale], {}, type, environment)
    return standardize_gradient.evaluate([x, { value, type }], attributes, type, environment)
  },
}
