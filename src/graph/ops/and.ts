import { binary } from './support/elementwise.ts'

/** Logical and; not differentiable. */
export const and = binary({
  name: 'and',
  dtypes: ['bool'],
  apply: (a, b) => (a !== 0 && b !== 0 ? 1 : 0),
})
