import { comparison } from './support/elementwise.ts'

/** a > b. */
export const greater = comparison('greater', (a, b) => a > b)
