/** Several runs: the score of each model of each run, with its interval. */
import type { Markup } from '../../diagnostics/markup.ts'
import type { RunData } from '../schema.ts'
import { extent, isFiniteNumber, linear, ticks } from './scales.ts'
import { line, mark, picture, text, tipped } from './svg.ts'
import { fitting, type MetricData, metricText } from './words.ts'

const width = 1120
const left = 300
const right = 70
const tall = 26
const top = 8

/** Undefined if no model has the metric. */
export function comparison(runs: readonly RunData[], metric: MetricData): Markup | undefined {
  const rows = runs.map(({ name, models }) => ({
    name,
    models: models.flatMap(({ name: model, role, metrics, interval }) => {
      const value = metrics[metric.name]
      return isFiniteNumber(value) ? [{ model, role, value, interval }] : []
    }),
  }))
  const ends = extent(
    rows.flatMap(({ models }) =>
      models.flatMap(({ value, interval }) => [value, interval?.low, interval?.high]),
    ),
  )
  if (!ends) return undefined
  const x = linear(...ends, left + 8, width - right)
  const bottom = top + tall * rows.length
  return picture(
    width,
    bottom + 20,
    `${metric.name} by run: ${rows
      .map(
        ({ name, models }) =>
          `${name}: ${models.map(({ model, value }) => `${model} ${metricText(metric, value)}`).join(', ')}`,
      )
      .join('; ')}`,
    ticks(...ends, 5).map((value) => [
      line(x(value), top, x(value), bottom),
      text(x(value), bottom + 14, metricText(metric, value), 's', 'middle'),
    ]),
    rows.map(({ name, models }, i) => {
      const y = top + tall * (i + 0.5)
      const student = models.findLast(({ role }) => role === 'student') ?? models.at(-1)
      return [
        text(left - 8, y + 4, fitting(name, left - 12), 't', 'end'),
        models.map(({ model, role, value, interval }) => [
          interval && line(x(interval.low), y, x(interval.high), y, `whisker ${role}`),
          tipped(`${model} of ${name}: ${metricText(metric, value)}`, mark(x(value), y, role, 5)),
        ]),
        student && text(width, y + 4, metricText(metric, student.value), 's', 'end'),
      ]
    }),
  )
}
