import { comparison } from './support/elementwise.ts'

/** a != b. */
export const not_equal = comparison('not_equal', (a, b) => a !== b)
