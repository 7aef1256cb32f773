import { unary } from './support/elementwise.ts'

/** Logical not; not differentiable. */
export const not = unary({ name: 'not', dtypes: ['bool'], apply: (x) => (x === 0 ? 1 : 0) })
