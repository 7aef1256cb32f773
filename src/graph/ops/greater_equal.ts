import { comparison } from './support/elementwise.ts'

/** a >= b. */
export const greater_equal = comparison('greater_equal', (a, b) => a >= b)
