/**
 * The frame of source under a diagnostic: the lines that its spans are on, each with what is wrong underlined and labelled.
 * Labels on one line are laid out so that none covers another: the last stands behind its mark, the others below, right to left.
 */
import type { Diagnostic, Span } from './diagnostic.ts'
import type { Paint, Painter } from './paint.ts'
import type { SourceText } from './source-text.ts'
import { textWidth } from './width.ts'

interface Mark {
  readonly line: number
  /** Terminal columns from 0, exclusive at the end. */
  readonly from: number
  readonly to: number
  readonly text: string
  readonly primary: boolean
}

type SourceOf = (file: string) => SourceText | undefined

/** `gutter`: the width of the line numbers. A span in a file whose text is unknown gets its heading only. */
export function renderFrames(
  { span, label, secondary = [], severity }: Diagnostic,
  sourceOf: SourceOf,
  paint: Painter,
): { lines: string[]; gutter: number } {
  if (!span) return { lines: [], gutter: 1 }
  const spans: { span: Span; text: string; primary: boolean }[] = [
    { span, text: label ?? '', primary: true },
    ...secondary.map((item) => ({ ...item, primary: false })),
  ]
  // A secondary span in the primary's line belongs to its frame; all others get a heading of their own.
  const source = sourceOf(span.file)
  const lineOf = ({ file, start }: Span) => sourceOf(file)?.positionOf(start).line ?? 0
  const home = lineOf(span)
  const near = spans.filter((item) => item.span.file === span.file && lineOf(item.span) === home)
  const far = spans.filter((item) => !near.includes(item))
  const groups = new Map<string, typeof spans>()
  for (const item of far) {
    const key = `${item.span.file}:${lineOf(item.span)}`
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  const frames = [near, ...groups.values()]
  const gutter = Math.max(...spans.map((item) => String(lastLine(item.span, sourceOf)).length))
  const bar = `${' '.repeat(gutter + 1)}${paint.gutter('|')}`
  const lines: string[] = []
  frames.forEach((items, i) => {
    const [first] = items
    if (!first) return
    const { file, start } = first.span
    const text = sourceOf(file)
    const arrow = paint.gutter(i === 0 ? '-->' : ':::')
    const place = text ? `:${text.positionOf(start).line}:${text.positionOf(start).column}` : ''
    if (i > 0) lines.push(bar)
    lines.push(`${' '.repeat(gutter)}${arrow} ${file}${place}`)
    if (!text) {
      for (const item of items) if (item.text !== '') lines.push(`${bar} ${item.text}`)
      return
    }
    const marks = items.map((item) => markOf(item, text))
    const main = paint[severity]
    if (i === 0) lines.push(bar)
    lines.push(...frameLines(marks, text, gutter, paint, main))
  })
  return { lines: source ? lines : lines.slice(0, Math.max(1, lines.length)), gutter }
}

function lastLine({ file, start }: Span, sourceOf: SourceOf): number {
  return sourceOf(file)?.positionOf(start).line ?? 1
}

/** A span over several lines is marked to the end of its first. */
function markOf(item: { span: Span; text: string; primary: boolean }, text: SourceText): Mark {
  const start = text.positionOf(item.span.start)
  const end = text.positionOf(item.span.end)
  const from = text.shownColumn(start)
  const to = end.line === start.line ? text.shownColumn(end) : textWidth(text.shownLine(start.line))
  return { line: start.line, from, to: Math.max(to, from + 1), text: item.text, primary: item.primary }
}

function frameLines(
  marks: readonly Mark[],
  text: SourceText,
  gutter: number,
  paint: Painter,
  main: Paint,
): string[] {
  const line = marks[0]?.line ?? 1
  const number = paint.gutter(`${String(line).padStart(gutter)} |`)
  const bar = `${' '.repeat(gutter + 1)}${paint.gutter('|')}`
  return [
    `${number} ${text.shownLine(line)}`,
    ...underlines(marks, paint, main).map((row) => `${bar} ${row}`),
  ]
}

/**
 * The rows below a line of source:
 *
 *     ^^^^^^^^^^^  --------------- what the last one says
 *     |            (the label of a mark further left, one row each)
 */
export function underlines(marks: readonly Mark[], paint: Painter, main: Paint): string[] {
  const ordered = [...marks].sort((a, b) => a.from - b.from || a.to - b.to)
  const colour = (mark: Mark) => (mark.primary ? main : paint.secondary)
  const last = ordered.at(-1)
  if (!last) return []
  // The label may stand behind the marks only if it belongs to the mark that ends last.
  const inline = ordered.every((mark) => mark === last || mark.to <= last.from) ? last : undefined
  let row = ''
  let column = 0
  for (const mark of ordered) {
    const from = Math.max(mark.from, column)
    if (mark.to <= from) continue
    row += ' '.repeat(from - column) + colour(mark)((mark.primary ? '^' : '-').repeat(mark.to - from))
    column = mark.to
  }
  if (inline && inline.text !== '') row += ` ${colour(inline)(inline.text)}`
  const below = ordered.filter((mark) => mark !== inline && mark.text !== '').reverse()
  const rows = [row]
  below.forEach((mark, i) => {
    const left = below.slice(i + 1).filter((other) => other.from < mark.from)
    rows.push(
      positioned([
        ...left.map((other) => ({ at: other.from, text: '|', paint: colour(other) })).reverse(),
        {
          at: mark.from,
          text: mark.text,
          paint: colour(mark),
        },
      ]),
    )
  })
  return rows
}

function positioned(pieces: readonly { at: number; text: string; paint: Paint }[]): string {
  let row = ''
  let column = 0
  for (const { at, text, paint } of pieces) {
    if (at < column) continue
    row += ' '.repeat(at - column) + paint(text)
    column = at + textWidth(text)
  }
  return row
}
