/**
 * Linear centred kernel alignment of two representations of the same examples: 1 if they are equal up to a
 * rotation and one factor, 0 if no unit of one follows a unit of the other.
 *
 *   CKA(X, Y) = |Y'X|^2 / (|X'X| |Y'Y|)    with the mean of each unit subtracted, and Frobenius norms
 *
 * (Kornblith et al. 2019, eq. 4). |Y'X|^2 is the sum of the products of the entries of XX' and YY'. These
 * matrices are examples x examples: each state needs one, and any two are then compared without products of
 * their units.
 */

/** XX' of a centred representation, [examples, examples] by rows, and its norm. */
export interface Gram {
  readonly products: Float64Array
  readonly norm: number
}

/** @param values [examples, units] by rows, with at least one example */
export function gramOf(values: ArrayLike<number>, examples: number): Gram {
  const units = values.length / examples
  const centred = Float64Array.from({ length: values.length }, (_, i) => values[i] ?? 0)
  for (let unit = 0; unit < units; unit++) {
    let sum = 0
    for (let at = unit; at < centred.length; at += units) sum += centred[at] as number
    for (let at = unit; at < centred.length; at += units) (centred[at] as number) -= sum / examples
  }
  const products = new Float64Array(examples * examples)
  let squares = 0
  for (let a = 0; a < examples; a++) {
    for (let b = a; b < examples; b++) {
      let product = 0
      for (let u = 0; u < units; u++)
        product += (centred[a * units + u] as number) * (centred[b * units + u] as number)
      products[a * examples + b] = product
      products[b * examples + a] = product
      squares += (a === b ? 1 : 2) * product * product
    }
  }
  return { products, norm: Math.sqrt(squares) }
}

/** From 0 to 1. NaN where a representation is the same for all examples. */
export function linearCka(x: Gram, y: Gram): number {
  let sum = 0
  for (let i = 0; i < x.products.length; i++) sum += (x.products[i] as number) * (y.products[i] ?? 0)
  return sum / (x.norm * y.norm)
}
