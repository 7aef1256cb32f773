/** Numbers and names as words on a chart, and the room that they take. */
import { characterWidth } from '../../diagnostics/width.ts'
import { formatCount } from '../../train/format.ts'
import type { RunData } from '../schema.ts'

export type MetricData = NonNullable<RunData['metric']>

/** What stands where a value is missing. */
export const missing = '\u2013'

/** `2.89 M`, `271 k`, `5,018` */
export function count(value: number): string {
  if (value >= 9.995e8) return `${(value / 1e9).toFixed(2)} G`
  if (value >= 999_500) return `${(value / 1e6).toFixed(2)} M`
  return value >= 10_000 ? `${Math.round(value / 1e3)} k` : formatCount(value)
}

/** `77.2%` */
export function percent(share: number | null | undefined, digits = 1): string {
  return typeof share === 'number' && Number.isFinite(share) ? `${(100 * share).toFixed(digits)}%` : missing
}

/** `0.08 ms`, `40.4 ms`, `1.2 s` */
export function milliseconds(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`
  const digits =
    value < 1 ? value.toFixed(2) : value < 100 ? value.toFixed(1).replace('.0', '') : value.toFixed(0)
  return `${digits} ms`
}

/** A metric's value: in percent, or with four digits. */
export function metricText(
  metric: Pick<MetricData, 'share'> | undefined,
  value: number | null | undefined,
): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return missing
  return metric?.share ? percent(value) : String(Number(value.toPrecision(4)))
}

/** A value at a tick: `0.02`, `5`, `2e-5`. */
export function tickText(value: number): string {
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) {
    return value.toExponential().replace('e+', 'e')
  }
  return Math.abs(value) >= 1000 ? formatCount(value) : String(value)
}

/** Pixels, at most: of DejaVu Sans, which is wider than most. */
export function widthOf(words: string, size = 11.5, isBold = false): number {
  let columns = 0
  for (const character of words) columns += columnsOf(character)
  return columns * size * (isBold ? 0.69 : 0.63)
}

function columnsOf(character: string): number {
  return 'MWmw@%<>&+=~#\u2026\u2192'.includes(character) ? 1.4 : characterWidth(character)
}

/** The words, cut to a width in pixels. */
export function fitting(words: string, width: number, size = 11.5, isBold = false): string {
  const short = words.slice(0, 400)
  if (short.length === words.length && widthOf(words, size, isBold) <= width) return words
  const room = width - widthOf('\u2026', size, isBold)
  let kept = ''
  let taken = 0
  for (const character of short) {
    taken += widthOf(character, size, isBold)
    if (taken > room) break
    kept += character
  }
  return `${kept.trimEnd()}\u2026`
}
