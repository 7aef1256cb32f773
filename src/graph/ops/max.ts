import { extremeAlong } from './support/extremes.ts'

/**
 * The largest value along an axis{axis}, which goes away. The gradient goes to the entries that are the
 * largest, in equal shares.
 */
export const max = extremeAlong('max', Math.max)
