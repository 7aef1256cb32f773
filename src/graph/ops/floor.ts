import { unary } from './support/elementwise.ts'

/** The largest integer not above x. No gradient: it is 0 wherever there is one. */
export const floor = unary({ name: 'floor', apply: Math.floor })
