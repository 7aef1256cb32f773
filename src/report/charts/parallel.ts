/** The runs of a sweep: a line for each through its settings, its parameters and its score. */
import { el, type Markup } from '../../diagnostics/markup.ts'
import type { SweepData } from '../schema.ts'
import { extent, isFiniteNumber, linear, type Scale } from './scales.ts'
import { line, type Point, picture, rect, text, tipped } from './svg.ts'
import { count, fitting, type MetricData, metricText, widthOf } from './words.ts'

const width = 1120
const height = 250
const top = 40
const left = 84
const mostRuns = 400

type SweptRun = SweepData['runs'][number]

interface Axis {
  readonly name: string
  readonly place: (run: SweptRun) => number
  readonly marks: readonly { readonly at: number; readonly words: string }[]
  readonly words: (run: SweptRun) => string
}

/** Undefined if no run has a score. */
export function parallel(sweep: SweepData, metric: MetricData | undefined): Markup | undefined {
  const scored = sweep.runs.filter(({ value }) => isFiniteNumber(value))
  const values = extent(scored.map(({ value }) => value))
  if (!values) return undefined
  const axes = axesOf(sweep, scored, values, metric)
  const apart = (width - 2 * left) / Math.max(1, axes.length - 1)
  const xs = axes.map((_, i) => left + apart * i)
  const rank = linear(values[0], values[1], 0, 4.999)
  const order = [...scored]
    .sort((a, b) => (a.value ?? 0) - (b.value ?? 0))
    .slice(metric?.higher_is_better === false ? 0 : -mostRuns)
    .slice(0, mostRuns)
  const best = scored.find(({ name }) => name === sweep.best)
  const drawn = best ? [...order.filter((run) => run !== best), best] : order
  return picture(
    width,
    top + height + 8,
    best
      ? `${scored.length} runs; the best has ${axes.map((axis) => `${axis.name} ${axis.words(best)}`).join(', ')}`
      : `${scored.length} runs, ${sweep.metric} ${metricText(metric, values[0])} to ${metricText(metric, values[1])}`,
    drawn.map((run, i) => {
      // Runs of equal settings would hide each other.
      const shift = (((i * 7919) % 13) / 13 - 0.5) * 10
      const points = axes.map(
        (axis, k): Point => [xs[k] ?? 0, axis.place(run) + (k < sweep.settings.length ? shift : 0)],
      )
      const level =
        metric?.higher_is_better === false
          ? 4 - Math.floor(rank(run.value ?? 0))
          : Math.floor(rank(run.value ?? 0))
      return tipped(
        axes.map((axis) => `${axis.name} ${axis.words(run)}`).join(', '),
        el('path', { d: curved(points), class: `run q${level}${run === best ? ' winner' : ''}` }),
      )
    }),
    axes.map(({ name, marks }, k) => {
      const x = xs[k] ?? 0
      const isLast = k === axes.length - 1
      return [
        line(x, top, x, top + height, 'axis strong'),
        text(
          x,
          top - 16,
          fitting(name.replaceAll('_', ' '), Math.min(apart - 8, 2 * left - 4), 13, true),
          'h',
          'middle',
        ),
        marks.map(({ at, words }) => {
          const short = fitting(words, Math.min(left - 12, apart - 24))
          const room = widthOf(short)
          return [
            line(x - 4, at, x + 4, at, 'axis strong'),
            k > 0 && !isLast && rect(x - 11 - room, at - 8, room + 5, 16, 'plate', { rx: 3 }),
            text(isLast ? x + 9 : x - 9, at + 4, short, 't', isLast ? undefined : 'end'),
          ]
        }),
      ]
    }),
  )
}

function axesOf(
  sweep: SweepData,
  runs: readonly SweptRun[],
  values: readonly [number, number],
  metric: MetricData | undefined,
): Axis[] {
  const [bottom, ceiling] = [top + height - 18, top + 18]
  const settings = sweep.settings.map(({ name, values: all }): Axis => {
    const y = linear(0, Math.max(1, all.length - 1), bottom, ceiling)
    const at = (value: string | undefined): number => y(Math.max(0, all.indexOf(value ?? '')))
    const every = Math.ceil(all.length / 12)
    const marks = all.filter((_, i) => i % every === 0).map((value) => ({ at: at(value), words: value }))
    return { name, place: (run) => at(run.settings[name]), marks, words: (run) => run.settings[name] ?? '?' }
  })
  const numbered = (
    name: string,
    ends: readonly [number, number],
    value: (run: SweptRun) => number,
    format: (value: number) => string,
  ): Axis => {
    const y: Scale = linear(...ends, top + height - 8, top + 8)
    const marks = [...new Set(ends)].map((end) => ({ at: y(end), words: format(end) }))
    return { name, place: (run) => y(value(run)), marks, words: (run) => format(value(run)) }
  }
  const sizes = extent(runs.map(({ parameters }) => parameters)) ?? [0, 0]
  return [
    ...settings,
    ...(sizes[0] < sizes[1] ? [numbered('parameters', sizes, (run) => run.parameters, count)] : []),
    numbered(
      sweep.metric,
      values,
      (run) => run.value ?? 0,
      (value) => metricText(metric, value),
    ),
  ]
}

function curved(points: readonly Point[]): string {
  const [first, ...others] = points
  if (!first) return ''
  const digits = (value: number): number => Math.round(value * 10) / 10
  return others.reduce(
    ({ d, from }, to) => {
      const middle = digits((from[0] + to[0]) / 2)
      return {
        d: `${d}C${middle} ${digits(from[1])} ${middle} ${digits(to[1])} ${digits(to[0])} ${digits(to[1])}`,
        from: to,
      }
    },
    { d: `M${digits(first[0])} ${digits(first[1])}`, from: first },
  ).d
}
