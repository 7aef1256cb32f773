/**
 * Wilson's interval of a share that was counted on some examples: the shares that such a count does not
 * contradict at 95% (E. B. Wilson, 1927). Unlike the normal interval it stays between 0 and 1.
 */

export interface Interval {
  readonly low: number
  readonly high: number
}

/** Quantile of the normal distribution at 97.5%. */
const z = 1.959964

export function wilson(share: number, examples: number): Interval {
  const z2 = z * z
  const centre = (share + z2 / (2 * examples)) / (1 + z2 / examples)
  const half =
    (z / (1 + z2 / examples)) * Math.sqrt((share * (1 - share)) / examples + z2 / (4 * examples * examples))
  return { low: centre - half, high: centre + half }
}
