import { comparison } from './support/elementwise.ts'

/** a < b. */
export const less = comparison('less', (a, b) => a < b)
