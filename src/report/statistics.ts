/** Intervals and tests for the numbers of a report. */
import type { Interval } from '../train/metrics/wilson.ts'

/**
 * The two-sided p of McNemar's exact test: the probability that, of the examples that only one of two models
 * answers rightly, at least as uneven a number is one model's, if both were equally good.
 */
export function mcnemar(onlyA: number, onlyB: number): number {
  const count = onlyA + onlyB
  if (count === 0) return 1
  const fewer = Math.min(onlyA, onlyB)
  // sum of (count choose k) / 2^count for k up to `fewer`, through logarithms: 2^count may be infinite
  let logChoose = 0
  let sum = 0
  for (let k = 0; k <= fewer; k++) {
    sum += Math.exp(logChoose - count * Math.LN2)
    logChoose += Math.log(count - k) - Math.log(k + 1)
  }
  return Math.min(1, 2 * sum)
}

/** Resamples of a bootstrap. */
const resamples = 1000
/** Examples from which an interval needs no bootstrap's precision; more would make a report slow. */
const mostResampled = 20_000

/**
 * The 95% percentile bootstrap interval of a statistic (Efron 1979), always from the same resamples.
 * Undefined for too many examples.
 * @param statistic of the examples with these indices
 */
export function bootstrap(
  count: number,
  statistic: (indices: Int32Array) => number,
  times = resamples,
): Interval | undefined {
  if (count === 0 || count > mostResampled) return undefined
  const next = numbersBelow(count)
  const values: number[] = []
  const indices = new Int32Array(count)
  for (let k = 0; k < times; k++) {
    for (let i = 0; i < count; i++) indices[i] = next()
    values.push(statistic(indices))
  }
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b)
  if (sorted.length === 0) return undefined
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
}

/** Mulberry32 from a fixed seed, as integers below `count`. */
function numbersBelow(count: number): () => number {
  let state = 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * count)
  }
}

/** By linear interpolation between the values. @param sorted in rising order, at least one */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0]
  return low + (at - Math.floor(at)) * (high - low)
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Of a sample: divided by n - 1. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1))
}

export interface Bin {
  readonly count: number
  readonly confidence: number
  readonly right: number
}

/** Number of bins of confidence. */
const bins = 10

/**
 * Bins of equal width of the probability of the answer, each with the mean probability and the share of right
 * answers, and the expected calibration error: the mean of their differences, weighted by count (Guo et al.
 * 2017, eq. 3). The error is NaN without answers.
 */
export function calibration(
  probabilities: readonly number[],
  right: readonly boolean[],
): { readonly bins: readonly Bin[]; readonly error: number } {
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }))
  for (const [i, probability] of probabilities.entries()) {
    const bin = sums[Math.min(bins - 1, Math.floor(probability * bins))]
    if (bin === undefined) continue
    bin.count++
    bin.confidence += probability
    if (right[i]) bin.right++
  }
  const error =
    sums.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.right), 0) / probabilities.length
  return {
    bins: sums.map(({ count, confidence, right: rights }) => ({
      count,
      confidence: count === 0 ? 0 : confidence / count,
      right: count === 0 ? 0 : rights / count,
    })),
    error,
  }
}

interface Sample {
  readonly mean: number
  /** Of the sample: divided by n - 1. */
  readonly deviation: number
  readonly count: number
}

/**
 * The 95% interval of the difference of the means of two samples that may vary unequally (Welch 1947).
 * Undefined for samples of one, or without any deviation.
 */
export function welch(a: Sample, b: Sample): Interval | undefined {
  const [u, v] = [a.deviation ** 2 / a.count, b.deviation ** 2 / b.count]
  if (a.count < 2 || b.count < 2 || u + v === 0) return undefined
  const freedom = (u + v) ** 2 / (u ** 2 / (a.count - 1) + v ** 2 / (b.count - 1))
  const half = student(freedom) * Math.sqrt(u + v)
  return { low: a.mean - b.mean - half, high: a.mean - b.mean + half }
}

/** Student's t at 97.5% for 1 to 10 degrees of freedom. */
const quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]

/** Between whole degrees that of the lower one, which is the larger; above 10 within 1%. */
function student(freedom: number): number {
  return quantiles[Math.max(1, Math.floor(freedom)) - 1] ?? 1.96 + 2.5 / freedom
}
