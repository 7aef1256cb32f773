/**
 * The precision of products: the attribute `precision` of a node, by default float32. Values between nodes,
 * sums, and all other ops stay float32.
 *
 * - `bf16`: both operands are rounded to bfloat16 (8 bits of mantissa), products are summed in float32.
 * - `int8`: both operands are in whole numbers of -127..127 with a scale for each of their rows, max |x| /
 *   127; a row is what is summed over together. The right
 *   operand is a frozen weight, whose scales are known ahead; those of the left one are found when it is
 *   there.
 */
import { type Attributes, GraphError } from './graph.ts'

export const lowPrecisions = ['bf16', 'int8'] as const
export type LowPrecision = (typeof lowPrecisions)[number]
export type Precision = 'float32' | LowPrecision

/** The precision in a product's attributes; undefined is float32. Throws GraphError for an unknown one. */
export function precisionOf({ precision }: Attributes): LowPrecision | undefined {
  if (precision === undefined) return undefined
  const found = lowPrecisions.find((known) => known === precision)
  if (found === undefined) throw new GraphError(`no products in ${String(precision)}`)
  return found
}

/** The attribute of a product, to be spread into others. */
export function precisionAttribute(precision: LowPrecision | undefined): Attributes {
  return precision === undefined ? {} : { precision }
}

/** The capability of a backend that has products of a precision. */
export function productsIn(precision: LowPrecision): string {
  return `${precision}_products`
}
