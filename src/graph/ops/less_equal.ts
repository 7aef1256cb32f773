import { comparison } from './support/elementwise.ts'

/** a <= b. */
export const less_equal = comparison('less_equal', (a, b) => a <= b)
