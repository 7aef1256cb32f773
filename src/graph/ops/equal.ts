import { comparison } from './support/elementwise.ts'

/** a == b. */
export const equal = comparison('equal', (a, b) => a === b)
