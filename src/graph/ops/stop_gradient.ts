import { unary } from './support/elementwise.ts'
import { take } from './support/inputs.ts'

/** x; no gradient, that is its purpose. */
export const stop_gradient = unary({
  name: 'stop_gradient',
  dtypes: ['f32', 'i32', 'bool'],
  apply: (x) => x,
  decompose: (_builder, inputs) => take('stop_gradient', inputs, 1)[0],
})
