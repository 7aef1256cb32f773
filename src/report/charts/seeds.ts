/** The scores of each seed, a row for each combination of settings: their mean and standard deviation. */
import { el, type Markup } from '../../diagnostics/markup.ts'
import type { SweepData } from '../schema.ts'
import { extent, isFiniteNumber, linear, ticks } from './scales.ts'
import { line, picture, text, tipped } from './svg.ts'
import { fitting, type MetricData, metricText } from './words.ts'

const width = 1120
const left = 400
const right = 130
const tall = 24
const top = 8
const mostRows = 16

type Spread = SweepData['spread'][number]

/** The best combinations, at most 16. Undefined if no combination has a score. */
export function seeds(sweep: SweepData, metric: MetricData | undefined): Markup | undefined {
  const isHigher = metric?.higher_is_better !== false
  const rows = sweep.spread
    .filter(({ mean }) => isFiniteNumber(mean))
    .sort((a, b) => (isHigher ? 1 : -1) * ((b.mean ?? 0) - (a.mean ?? 0)))
    .slice(0, mostRows)
  const scores = rows.map((row) => ({ row, own: scoresOf(sweep, row) }))
  const ends = extent(
    scores.flatMap(({ row, own }) => [
      ...own.map(({ value }) => value),
      (row.mean ?? 0) - (row.deviation ?? 0),
      (row.mean ?? 0) + (row.deviation ?? 0),
    ]),
  )
  const [first] = rows
  if (!ends || !first) return undefined
  const x = linear(...ends, left + 8, width - right)
  const bottom = top + tall * rows.length
  const names = sweep.settings.map(({ name }) => name)
  const titleOf = (row: Spread): string =>
    names.map((name) => `${name} ${row.settings[name] ?? '?'}`).join(', ') || `${row.count} seeds`
  const deviationText = (value: number): string =>
    metric?.share ? (100 * value).toFixed(1) : metricText(metric, value)
  const spread = (row: Spread): string =>
    `${metricText(metric, row.mean)}${isFiniteNumber(row.deviation) ? ` \u00b1 ${deviationText(row.deviation)}` : ''}`
  return picture(
    width,
    bottom + 20,
    `${sweep.metric} by seed: ${titleOf(first)} is best, ${spread(first)} over ${first.count} seeds`,
    ticks(...ends, 5).map((value) => [
      line(x(value), top, x(value), bottom),
      text(x(value), bottom + 14, metricText(metric, value), 's', 'middle'),
    ]),
    scores.map(({ row, own }, i) => {
      const y = top + tall * (i + 0.5)
      const [mean, deviation] = [row.mean ?? 0, row.deviation ?? 0]
      return [
        text(left - 8, y + 4, fitting(titleOf(row), left - 12), 't', 'end'),
        deviation > 0 && line(x(mean - deviation), y, x(mean + deviation), y, 'spread'),
        own.map(({ seed, value }) =>
          tipped(
            `seed ${seed}: ${metricText(metric, value)}`,
            el('circle', { cx: x(value), cy: y, r: 4, class: 'seed' }),
          ),
        ),
        line(x(mean), y - 9, x(mean), y + 9, 'mean'),
        text(width, y + 4, spread(row), 's', 'end'),
      ]
    }),
  )
}

function scoresOf(sweep: SweepData, { settings }: Spread): { seed: number; value: number }[] {
  return sweep.runs.flatMap(({ settings: own, seed, value }) =>
    isFiniteNumber(value) && sweep.settings.every(({ name }) => own[name] === settings[name])
      ? [{ seed, value }]
      : [],
  )
}
