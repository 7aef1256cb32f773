import { extremeAlong } from './support/extremes.ts'

/**
 * The smallest value along an axis{axis}, which goes away. The gradient goes to the entries that are the
 * smallest, in equal shares.
 */
export const min = extremeAlong('min', Math.min)
