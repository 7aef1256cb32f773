/** What followed what, and how long each took: the stages of a run, or the passes of a compilation. */
import type { Markup } from '../../diagnostics/markup.ts'
import { linear, ticks } from './scales.ts'
import { line, picture, rect, text, tipped } from './svg.ts'
import { fitting } from './words.ts'

const width = 540
const right = 56
const tall = 17
const top = 4

export interface Span {
  readonly title: string
  /** Class of its bar: `span front`, `clock train`. */
  readonly style: string
  readonly at: number
  readonly length: number
  /** Pale, as what changed nothing. */
  readonly isIdle?: boolean
  readonly note?: string | undefined
}

/** @param label what a screen reader says */
export function timeline(
  spans: readonly Span[],
  total: number,
  label: string,
  format: (value: number) => string,
): Markup {
  const left = 196
  const end = Math.max(total, ...spans.map(({ at, length }) => at + length)) || 1
  const x = linear(0, end, left, width - right)
  const bottom = top + tall * spans.length
  const marks = ticks(0, end, 4)
  return picture(
    width,
    bottom + 20,
    label,
    marks.map((value) => [
      line(x(value), top, x(value), bottom),
      text(x(value), bottom + 14, value === 0 ? '0' : format(value), 's', 'middle'),
    ]),
    spans.map(({ title, style, at, length, isIdle = false, note }, i) => {
      const y = top + tall * i
      const bar = Math.max(1.5, x(at + length) - x(at))
      return tipped(
        `${title}: ${format(length)}${note === undefined ? '' : `, ${note}`}`,
        rect(0, y, width, tall, 'row'),
        text(left - 8, y + 12.5, fitting(title, left - 10), isIdle ? 'm' : 't', 'end'),
        rect(x(at), y + 3, bar, tall - 6, `${style}${isIdle ? ' idle' : ''}`, { rx: 2 }),
        text(x(at) + bar + 5, y + 12.5, format(length), 's'),
      )
    }),
  )
}
