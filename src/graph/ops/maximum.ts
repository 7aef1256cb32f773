import { binary } from './support/elementwise.ts'
import { extremeGradients } from './support/extremes.ts'
import { take } from './support/inputs.ts'

/** The greater of a and b; where they are equal, each gets half of the gradient. */
export const maximum = binary({
  name: 'maximum',
  dtypes: ['f32', 'i32'],
  apply: (a, b) => Math.max(a, b),
  vjp: (builder, node, cotangent) =>
    extremeGradients(builder, 'greater', take(node.op, node.inputs, 2), cotangent),
})
