/** The parts that every panel is made of: cards with a heading, tables, and words for what is missing. */

import { type Content, el, html, joined, type Markup } from '../../diagnostics/markup.ts'
import { glyph } from '../charts/svg.ts'
import type { Panel, Role, RunData } from '../schema.ts'
import { rich } from './rich.ts'

/** A panel of the page, and its name in the page's navigation. */
export interface Section {
  readonly id: string
  readonly name: string
  readonly title: string
  /** One paragraph above the pictures. */
  readonly say?: Content
  readonly body: Content
  readonly isWide?: boolean
}

export function card({ id, title, say, body, isWide }: Section): Markup {
  return el(
    'section',
    { class: isWide ? 'card wide' : 'card', id, 'aria-labelledby': `${id}-title` },
    el('h2', { id: `${id}-title` }, title),
    say !== undefined && el('p', { class: 'say' }, say),
    body,
  )
}

/** Two cards side by side. One alone takes the whole width. */
export function pair(first: Section | undefined, second: Section | undefined): Section[] {
  if (first && second) return [first, second]
  const alone = first ?? second
  return alone ? [{ ...alone, isWide: true }] : []
}

/** Why a run has no such panel: what its data say, or what is true of every run without these data. */
export function absent(run: RunData, panel: Panel, usual: string): Markup {
  const said = notes(run, panel)
  return said.text === '' ? el('p', { class: 'absent' }, rich(usual)) : said
}

/** What a panel cannot show of a run although it shows the rest. */
export function notes(run: RunData, panel: Panel): Markup {
  const reasons = run.absent.filter((one) => one.panel === panel)
  return joined(reasons.map(({ why }) => el('p', { class: 'absent' }, rich(why))))
}

export interface Column {
  readonly title: string
  /** Numbers stand to the right. */
  readonly isNumber?: boolean
  readonly style?: string
}

/** The first cell of a row names it. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Content[])[],
  options: { readonly caption?: string; readonly highlighted?: number } = {},
): Markup {
  const classOf = ({ isNumber, style }: Column): string | undefined =>
    [isNumber ? 'n' : '', style ?? ''].filter((word) => word !== '').join(' ') || undefined
  return el(
    'table',
    {},
    options.caption !== undefined && el('caption', {}, options.caption),
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        columns.map((column) => el('th', { scope: 'col', class: classOf(column) }, column.title)),
      ),
    ),
    el(
      'tbody',
      {},
      rows.map((cells, i) =>
        el(
          'tr',
          { class: options.highlighted === i && 'first' },
          cells.map((cell, k) =>
            k === 0
              ? el('th', { scope: 'row', class: columns[0]?.style, dir: 'auto' }, cell)
              : el('td', { class: classOf(columns[k] ?? { title: '' }), dir: 'auto' }, cell),
          ),
        ),
      ),
    ),
  )
}

/** What is wider than a narrow page scrolls within itself, by the keyboard too. */
export function scroller(label: string, content: Content, isLong = false): Markup {
  return el(
    'div',
    { class: isLong ? 'scroll long' : 'scroll', role: 'group', 'aria-label': label, tabindex: '0' },
    content,
  )
}

export function details(summary: string, ...content: readonly Content[]): Markup {
  return html`<details><summary>${summary}</summary>${content}</details>`
}

/** What the marks of the models mean. */
export function key(models: readonly { readonly role: Role; readonly words: string }[]): Markup {
  return el(
    'ul',
    { class: 'key' },
    models.map(({ role, words }) => el('li', {}, glyph(role), words)),
  )
}

const roleWords: Readonly<Record<Role, string>> = {
  teacher: 'teacher',
  student: 'distilled',
  alone: 'the same student alone',
  other: 'model',
}

/** `S, distilled` */
export function titleOf({ name, role }: { readonly name: string; readonly role: Role }): string {
  return role === 'other' ? name : `${name}, ${roleWords[role]}`
}

/** `a, b and c` */
export function listedWords(names: readonly Content[]): Markup {
  return joined(names.map((name, i) => [i === 0 ? '' : i === names.length - 1 ? ' and ' : ', ', name]))
}
