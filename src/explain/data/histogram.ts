/** How numbers are distributed: quantiles, and counts in bins that all parts of a data block share. */

/** `from` and `to` are both in the bin. Numbers above the last bin's `to` are in it where it is open. */
export interface Bin {
  readonly from: number
  readonly to: number
}

export interface Quantiles {
  readonly least: number
  readonly median: number
  readonly p95: number
  readonly p99: number
  readonly longest: number
  readonly mean: number
}

/** By nearest rank: the smallest number with at least that share of all at or below it. */
export function quantiles(values: Float64Array): Quantiles {
  const sorted = values.toSorted()
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  return { least: at(0), median: at(0.5), p95: at(0.95), p99: at(0.99), longest: at(1), mean }
}

/** Rows of a histogram at most. */
const mostBins = 10

/**
 * Bins of whole numbers with a round width. They cover all but the largest 1%, which the last bin has, so
 * that one long text does not press all others into one bin.
 */
export function wholeBins(values: Float64Array): readonly Bin[] {
  const { least, p99, longest } = quantiles(values)
  const width = roundUp((p99 - least + 1) / mostBins, true)
  const start = Math.floor(least / width) * width
  const count = Math.max(1, Math.ceil((p99 + 1 - start) / width))
  return Array.from({ length: count }, (_, i) => {
    const to = start + (i + 1) * width - 1
    const from = Math.max(start + i * width, least)
    return { from, to: i === count - 1 ? Math.max(to, longest) : to }
  })
}

/** A bin for each value if they are few, else bins of a round width from the least to the largest. */
export function numberBins(values: Float64Array): readonly Bin[] {
  const different = [...new Set(values)].sort((a, b) => a - b)
  if (different.length <= mostBins) return different.map((value) => ({ from: value, to: value }))
  const [least = 0, largest = 0] = [different[0], different.at(-1)]
  const width = roundUp((largest - least) / mostBins, false)
  const first = Math.floor(least / width)
  const count = Math.max(1, Math.ceil(largest / width - first - 1e-9))
  // An edge is the number that a person writes: 0.6, not 3 x 0.2 = 0.6000000000000001.
  const edge = (i: number): number => Number(((first + i) * width).toPrecision(12))
  return Array.from({ length: count }, (_, i) => ({ from: edge(i), to: edge(i + 1) }))
}

/** Numbers in each bin. A number at a shared edge is in the upper bin. */
export function countIn(bins: readonly Bin[], values: Float64Array): readonly number[] {
  const counts = bins.map(() => 0)
  for (const value of values) {
    let at = bins.findLastIndex(({ from }) => value >= from)
    if (at < 0) at = 0
    counts[at] = (counts[at] ?? 0) + 1
  }
  return counts
}

/** 1, 2 or 5 times a power of ten, not less than `value`. */
function roundUp(value: number, whole: boolean): number {
  if (whole && value <= 1) return 1
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const factor = [1, 2, 5, 10].find((one) => one * power >= value * (1 - 1e-12)) ?? 10
  return factor * power
}
