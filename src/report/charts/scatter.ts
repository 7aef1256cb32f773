/** Predicted against actual numbers, a square for each model. On the diagonal an answer is exact. */
import type { Markup } from '../../diagnostics/markup.ts'
import { el } from '../../diagnostics/markup.ts'
import type { NumbersData } from '../schema.ts'
import { extent, linear, sum, thinned, ticks } from './scales.ts'
import { line, picture, text } from './svg.ts'
import { fitting, tickText } from './words.ts'

const side = 232
const left = 48
const top = 24

/** @param high and low ends of both axes, the same for all models of a panel */
export function scatter(
  { model, role, points }: NumbersData['models'][number],
  [low, high]: readonly [number, number],
): Markup {
  const room = (high - low) * 0.04 || 1
  const ends = [low - room, high + room] as const
  const x = linear(...ends, left, left + side)
  const y = linear(...ends, top + side, top)
  const shown = thinned(points, 500)
  const error = Math.sqrt(sum(points.map(([a, p]) => (a - p) ** 2)) / Math.max(1, points.length))
  return picture(
    left + side + 16,
    top + side + 36,
    `${model}: predicted against actual, ${points.length} points; root mean square error ${error.toPrecision(3)}`,
    text(0, 14, fitting(model, 150, 13, true), 'h'),
    text(left + side, 14, `RMS error ${error.toPrecision(3)}`, 's', 'end'),
    ticks(low, high, 5).map((value) => [
      line(x(value), top, x(value), top + side),
      line(left, y(value), left + side, y(value)),
      text(x(value), top + side + 14, tickText(value), 's', 'middle'),
      text(left - 5, y(value) + 4, tickText(value), 's', 'end'),
    ]),
    line(x(ends[0]), y(ends[0]), x(ends[1]), y(ends[1]), 'limit'),
    text(left + side / 2, top + side + 30, 'actual \u2192, predicted \u2191', 's', 'middle'),
    shown.map(([actual, predicted]) =>
      el('circle', { cx: x(actual), cy: y(predicted), r: 2.4, class: `dot ${role}` }),
    ),
  )
}

/** The ends of both axes for all models of a panel. */
export function scatterEnds({ models }: NumbersData): readonly [number, number] {
  return extent(models.flatMap(({ points }) => points.flat())) ?? [0, 1]
}
