import type { OpDefinition } from '../graph.ts'
import { drawnFactors, maskType } from './support/dropout.ts'

/**
 * 0 with probability `rate`, else 1 / (1 - rate), over dimensions{rate, site, dimensions} (Srivastava et al.
 * 2014). An element depends on seed, stage, step,
 * site, its sample's id and its own position only (philox.ts). Not differentiable: it has no real input.
 * At positions it is what gather_positions{dead: copy} takes of the mask over examples and tokens.
 *   (C1) ids of the samples, i32[example]; with an axis position also its places, i32[position]  (C2) 0 <= rate < 1
 *   (C3) axes among example, head, token, token', unit, class; or position instead of example and token
 */
export const dropout_mask: OpDefinition = {
  name: 'dropout_mask',
  infer: (inputs, attributes) => maskType('dropout_mask', inputs, attributes, 'f32'),
  evaluate: (inputs, attributes, type, environment) =>
    drawnFactors('dropout_mask', inputs, attributes, type, environment),
}
