import { unary } from './support/elementwise.ts'

/** -1, 0 or 1. No gradient: it is 0 wherever there is one. */
export const sign = unary({ name: 'sign', dtypes: ['f32', 'i32'], apply: Math.sign })
