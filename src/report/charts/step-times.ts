/** Milliseconds of a step, a row for each stage: the median, the middle half, nine of ten. */
import type { Markup } from '../../diagnostics/markup.ts'
import type { StageData } from '../schema.ts'
import { linear, logarithmic, logTicks, ticks } from './scales.ts'
import { line, picture, rect, text, tipped } from './svg.ts'
import { count, fitting, milliseconds, tickText } from './words.ts'

const width = 540
const left = 116
const tall = 50
const top = 8

/** Undefined if no stage has step times. */
export function stepTimes(stages: readonly StageData[]): Markup | undefined {
  const timed = stages.flatMap(({ name, step_ms, tokens_per_second }) =>
    step_ms && step_ms.high > 0 ? [{ name, times: step_ms, tokens: tokens_per_second }] : [],
  )
  if (timed.length === 0) return undefined
  const high = Math.max(...timed.map(({ times }) => times.high)) * 1.1
  const low = Math.min(...timed.map(({ times }) => times.low)) * 0.85
  const isLog = low > 0 && high / low > 8
  const x = isLog ? logarithmic(low, high, left, width - 16) : linear(0, high, left, width - 16)
  const bottom = top + tall * timed.length
  return picture(
    width,
    bottom + 20,
    timed.map(({ name, times }) => `${name}: ${milliseconds(times.median)} a step`).join('; '),
    (isLog ? logTicks(low, high, 6) : ticks(0, high, 5)).map((value) => [
      line(x(value), top, x(value), bottom),
      text(Math.min(x(value), width - 20), bottom + 14, `${tickText(value)} ms`, 's', 'middle'),
    ]),
    timed.map(({ name, times, tokens }, i) => {
      const y = top + tall * (i + 0.5) + 4
      const span = (from: number, to: number): readonly [number, number] => [
        x(from),
        Math.max(2, x(to) - x(from)),
      ]
      const [wide, half] = [span(times.low, times.high), span(times.q1, times.q3)]
      return tipped(
        `${name}: half of all intervals ${milliseconds(times.q1)} to ${milliseconds(times.q3)}, nine of ten ${milliseconds(times.low)} to ${milliseconds(times.high)}`,
        text(left - 8, y - 1, fitting(name, left - 10, 11.5, true), 'b', 'end'),
        tokens !== undefined && text(left - 8, y + 12, `${count(tokens)} tokens/s`, 's', 'end'),
        rect(wide[0], y - 9, wide[1], 18, 'band wide', { rx: 3 }),
        rect(half[0], y - 9, half[1], 18, 'band', { rx: 2 }),
        line(x(times.median), y - 12, x(times.median), y + 12, 'median'),
        text(x(times.median), y - 15, milliseconds(times.median), 'b halo', 'middle'),
      )
    }),
  )
}
