import { type Dimension, GraphError, type OpDefinition } from '../graph.ts'
import { dropoutMask } from '../philox.ts'
import { readDimensions, tensorType } from '../type.ts'
import { axesOf, numberAttribute, requireDType, requireShape, take, textAttribute } from './support/inputs.ts'
import { zeros } from './support/values.ts'

const allowed: ReadonlySet<string> = new Set(['example', 'head', 'token', "token'", 'unit', 'class'])

/**
 * 0 with probability `rate`, else 1 / (1 - rate), over dimensions{rate, site, dimensions} (Srivastava et al. 2014). An element depends on seed, stage, step,
 * site, its sample's id and its own position only (philox.ts). Not differentiable: it has no real input.
 *   (C1) one input: ids of the samples, i32[example]  (C2) 0 <= rate < 1  (C3) axes among example, head, token, token', unit, class
 */
export const dropout_mask: OpDefinition = {
  name: 'dropout_mask',
  infer: (inputs, attributes) => {
    const [samples] = take('dropout_mask', inputs, 1)
    requireDType('dropout_mask', 'ids of samples', samples, ['i32'])
    const [size] = requireShape('dropout_mask', 'ids of samples', samples, ['example'])
    const rate = numberAttribute('dropout_mask', attributes, 'rate')
    if (!(rate >= 0 && rate < 1)) throw new GraphError(`dropout_mask: a rate of ${rate}`)
    textAttribute('dropout_mask', attributes, 'site')
    const dimensions = readDimensions(attributes.dimensions)
    const wrong = dimensions.find(
      (d: Dimension) => !allowed.has(d.axis) || (d.axis === 'example' && d.size !== size),
    )
    if (wrong !== undefined) throw new GraphError(`dropout_mask: not for ${wrong.axis} ${wrong.size}`)
    return tensorType('f32', dimensions)
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [samples] = take('dropout_mask', inputs, 1)
    const result = zeros(type, environment)
    dropoutMask(
      {
        random: environment.random,
        site: textAttribute('dropout_mask', attributes, 'site'),
        rate: numberAttribute('dropout_mask', attributes, 'rate'),
        axes: axesOf(type),
        shape: result.shape,
        samples: samples.value.data,
      },
      result.data,
    )
    return result
  },
}
