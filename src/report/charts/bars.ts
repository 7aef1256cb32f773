/** Small pictures of a tile: models on one line by a metric, and bars of a size or time. */
import type { Markup } from '../../diagnostics/markup.ts'
import type { Role } from '../schema.ts'
import { extent, linear, sum } from './scales.ts'
import { line, mark, picture, rect, text, tipped } from './svg.ts'
import { fitting, widthOf } from './words.ts'

const width = 240

export interface Placed {
  readonly name: string
  /** Absent: a baseline, which is no model. */
  readonly role?: Role
  readonly value: number
  readonly interval?: { readonly low: number; readonly high: number } | undefined
}

/** A mark for each model between the least and the greatest, with its interval. At most five. */
export function placed(models: readonly Placed[], format: (value: number) => string): Markup {
  const shown = models.slice(-5)
  const [low = 0, high = 1] =
    extent(shown.flatMap(({ value, interval }) => [value, interval?.low, interval?.high])) ?? []
  const x = linear(low, high, 14, width - 14)
  const long = shown.map(({ name, role }) => fitting(name, role ? 52 : 92, 10.5))
  const isCrowded = sum(long.map((name) => widthOf(name, 10.5) + 5)) > width
  const names = isCrowded ? long.map((name) => fitting(name, width / shown.length - 6, 10.5)) : long
  const places = labelPlaces(
    shown.map(({ value }) => x(value)),
    names.map((name) => widthOf(name, 10.5) + 5),
  )
  return picture(
    width,
    34,
    shown.map(({ name, value }) => `${name} ${format(value)}`).join(', '),
    line(6, 14, width - 6, 14, 'axis'),
    shown.map(({ name, role, value, interval }, i) => [
      interval && role && line(x(interval.low), 14, x(interval.high), 14, `whisker ${role}`),
      tipped(
        `${name}: ${format(value)}${interval ? `, 95% from ${format(interval.low)} to ${format(interval.high)}` : ''}`,
        role ? mark(x(value), 14, role, 5) : line(x(value), 6, x(value), 22, 'base'),
      ),
      text(places[i] ?? 0, 31, names[i] ?? '', 's', 'middle'),
    ]),
  )
}

/** Middles of labels side by side, each as near as it can be to its mark. */
function labelPlaces(marks: readonly number[], widths: readonly number[]): number[] {
  const order = marks.map((_, i) => i).sort((a, b) => (marks[a] ?? 0) - (marks[b] ?? 0))
  const half = (i: number | undefined): number => (i === undefined ? 0 : (widths[i] ?? 0) / 2)
  const made = [...marks]
  let edge = 0
  for (const i of order) {
    made[i] = Math.max(marks[i] ?? 0, edge + half(i))
    edge = (made[i] ?? 0) + half(i)
  }
  edge = width
  for (const i of order.reverse()) {
    made[i] = Math.min(made[i] ?? 0, edge - half(i))
    edge = (made[i] ?? 0) - half(i)
  }
  return made
}

export interface Bar {
  readonly name: string
  readonly role: Role
  readonly value: number
  readonly label: string
}

/** A bar for each model on one scale from 0. */
export function bars(models: readonly Bar[]): Markup {
  const most = Math.max(0, ...models.map(({ value }) => value)) || 1
  const room = Math.max(...models.map(({ label }) => widthOf(label, 10.5)), 0) + 8
  const x = linear(0, most, 0, width - room)
  return picture(
    width,
    16 * models.length + 2,
    models.map(({ name, label }) => `${name} ${label}`).join(', '),
    models.map(({ name, role, value, label }, i) => [
      tipped(`${name}: ${label}`, rect(0, 16 * i + 3, Math.max(3, x(value)), 10, `bar ${role}`, { rx: 2 })),
      text(Math.max(3, x(value)) + 5, 16 * i + 12, label, 's'),
    ]),
  )
}
