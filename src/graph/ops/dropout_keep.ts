import type { OpDefinition } from '../graph.ts'
import { drawnFactors, maskType } from './support/dropout.ts'

/**
 * Where `dropout_mask` of the same inputs and attributes is not 0: what dropout keeps, as booleans, which
 * take a quarter of the memory. Only pass
 * narrow-dropout-masks introduces it.
 *   (C1) to (C3) as for dropout_mask
 */
export const dropout_keep: OpDefinition = {
  name: 'dropout_keep',
  infer: (inputs, attributes) => maskType('dropout_keep', inputs, attributes, 'bool'),
  decompose: (builder, inputs, attributes) =>
    builder.add('greater', [builder.add('dropout_mask', inputs, attributes), builder.constant(0)]),
  evaluate: (inputs, attributes, type, environment) => {
    const { shape, data } = drawnFactors('dropout_keep', inputs, attributes, type, environment)
    return { shape, data: data.map((factor) => (factor > 0 ? 1 : 0)) }
  },
}
