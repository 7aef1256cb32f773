/** The pieces of every chart: shapes, words, marks of models. A chart is a function from data to SVG. */
import { type Attributes, type Content, el, type Markup } from '../../diagnostics/markup.ts'
import type { Role } from '../schema.ts'

export type Point = readonly [x: number, y: number]

/** Points in order. A gap in the data is a gap in the line. */
export type Points = readonly (Point | undefined)[]

/**
 * A picture. A screen reader reads its label alone: so it is the finding, not the kind of chart.
 * @param width of the coordinates: the page scales it
 */
export function picture(
  width: number,
  height: number,
  label: string,
  ...children: readonly Content[]
): Markup {
  return el(
    'svg',
    { viewBox: `0 0 ${Math.round(width)} ${Math.round(height)}`, role: 'img', 'aria-label': label },
    ...children,
  )
}

/** `style` is classes: `t` text, `m` muted, `s` small, `b` bold, `h` heading, `halo` readable above lines. */
export function text(
  x: number,
  y: number,
  words: string,
  style = 'm',
  anchor?: 'middle' | 'end',
  more: Attributes = {},
): Markup {
  return el('text', { x, y, class: style, 'text-anchor': anchor, ...more }, words)
}

export function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  style: string,
  more: Attributes = {},
): Markup {
  return el('rect', { x, y, width: Math.max(0, width), height: Math.max(0, height), class: style, ...more })
}

export function line(x1: number, y1: number, x2: number, y2: number, style = 'grid'): Markup {
  return el('line', { x1, y1, x2, y2, class: style })
}

/** A line through points. One alone is a dot. */
export function path(points: Points, style: string, more: Attributes = {}): Markup {
  const d = unbroken(points)
    .map((part) => (part.length === 1 ? `${outline(part)}h.1` : outline(part)))
    .join('')
  return el('path', { d, class: style, ...more })
}

/** The area between two lines over the same steps. One step alone is a thin bar. */
export function area(upper: Points, lower: Points, style: string, more: Attributes = {}): Markup {
  const both = upper.map((point, i): readonly [Point, Point] | undefined => {
    const below = lower[i]
    return point && below && [point, below]
  })
  const d = unbroken(both)
    .map((part) => {
      const over = part.map(([above]) => above)
      const under = part.map(([, below]) => below).reverse()
      const [[x, y] = [0, 0], [, bottom] = [0, 0]] = [over[0], under[0]]
      if (part.length === 1)
        return `${outline([
          [x - 1.5, y],
          [x + 1.5, y],
          [x + 1.5, bottom],
          [x - 1.5, bottom],
        ])}Z`
      return `${outline([...over, ...under])}Z`
    })
    .join('')
  return el('path', { d, class: style, ...more })
}

function unbroken<T>(items: readonly (T | undefined)[]): T[][] {
  const parts: T[][] = [[]]
  for (const item of items) {
    if (item === undefined) parts.push([])
    else parts.at(-1)?.push(item)
  }
  return parts.filter((part) => part.length > 0)
}

function outline(points: readonly Point[]): string {
  const digits = (value: number): number => Math.round(value * 10) / 10
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${digits(x)} ${digits(y)}`).join('')
}

/** A group whose words a pointer shows. Those of long names are cut: thousands of groups have some. */
export function tipped(words: string, ...children: readonly Content[]): Markup {
  return el('g', { 'data-tip': words.length > 200 ? `${words.slice(0, 200)}\u2026` : words }, ...children)
}

/** The mark of a model. Models differ in shape as well as in colour. */
export function mark(x: number, y: number, role: Role, r = 4): Markup {
  const style = `mark ${role}`
  if (role === 'student') return el('circle', { cx: x, cy: y, r, class: style })
  if (role === 'alone') return el('circle', { cx: x, cy: y, r: r * 0.9, class: style })
  if (role === 'other') return rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7, style)
  const turned = `rotate(45 ${x.toFixed(1)} ${y.toFixed(1)})`
  return rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8, style, { transform: turned })
}

/** The mark in a line of text. */
export function glyph(role: Role): Markup {
  return el('svg', { viewBox: '0 0 14 14', class: 'glyph', 'aria-hidden': 'true' }, mark(7, 7, role, 5))
}
