import { binary } from './support/elementwise.ts'
import { extremeGradients } from './support/extremes.ts'
import { take } from './support/inputs.ts'

/** The smaller of a and b; where they are equal, each gets half of the gradient. */
export const minimum = binary({
  name: 'minimum',
  dtypes: ['f32', 'i32'],
  apply: (a, b) => Math.min(a, b),
  vjp: (builder, node, cotangent) =>
    extremeGradients(builder, 'less', take(node.op, node.inputs, 2), cotangent),
})
