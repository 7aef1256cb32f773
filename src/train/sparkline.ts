/** A course of values in one line of text: `█▆▅▃▂▂▁▁`. */

const blocks = '▁▂▃▄▅▆▇█'

/** Ratio of the largest value to the smallest from which the scale is logarithmic. */
const decade = 10

/** The number of averages that a long course keeps, at most. */
const kept = 128

/**
 * The averages of a growing course over equal intervals. Their number stays bounded: once there are too many,
 * neighbours are merged.
 */
export class Course {
  private means: number[] = []
  /** Values of each complete mean. */
  private interval = 1
  private sum = 0
  private count = 0

  add(value: number): void {
    this.sum += value
    this.count += 1
    if (this.count < this.interval) return
    this.means.push(this.sum / this.count)
    this.sum = this.count = 0
    if (this.means.length < kept) return
    this.means = resampled(this.means, kept / 2)
    this.interval *= 2
  }

  /** The averages from the first value on; the last may be over fewer values. */
  get averages(): readonly number[] {
    return this.count > 0 ? [...this.means, this.sum / this.count] : this.means
  }
}

/**
 * One character for each of at most `width` equal intervals. The lowest block is the smallest value and the
 * highest is the largest, on a logarithmic scale if they are a decade apart. Equal values are drawn at half
 * height.
 */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.length > width ? resampled(values, width) : values
  const [low, high] = [Math.min(...shown), Math.max(...shown)]
  const scale = low > 0 && high >= decade * low ? Math.log : (value: number) => value
  const [bottom, range] = [scale(low), scale(high) - scale(low)]
  const level = (value: number): number =>
    range > 0 ? Math.min(blocks.length - 1, Math.floor(((scale(value) - bottom) / range) * blocks.length)) : 3
  return shown.map((value) => blocks[level(value)] ?? ' ').join('')
}

/** Means over `count` intervals, whose lengths differ by at most one. There are at least as many values. */
function resampled(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const part = values.slice(
      Math.floor((i * values.length) / count),
      Math.floor(((i + 1) * values.length) / count),
    )
    return part.reduce((sum, value) => sum + value, 0) / part.length
  })
}
