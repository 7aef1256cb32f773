/**
 * The source lines of a diagnostic, with its spans underlined and labelled. Labels in one line do not cover
 * each other: the last stands behind its mark, the others below it, from right to left.
 */
import type { Diagnostic, Span } from './diagnostic.ts'
import type { Paint, Painter } from './paint.ts'
import type { SourceText } from './source-text.ts'
import { inOneLine } from './terminal-text.ts'
import { characterWidth, isPlain, textWidth } from './width.ts'

interface Mark {
  readonly line: number
  /** Terminal columns from 0, exclusive at the end. */
  readonly from: number
  readonly to: number
  readonly text: string
  readonly primary: boolean
}

type SourceOf = (file: string) => SourceText | undefined

/** `gutter`: the width of the line numbers. A span in a file without a known text has a heading only. */
export function renderFrames(
  { span, label, secondary = [], severity }: Diagnostic,
  sourceOf: SourceOf,
  paint: Painter,
  columns: number,
): { lines: string[]; gutter: number } {
  if (!span) return { lines: [], gutter: 1 }
  const spans: { span: Span; text: string; primary: boolean }[] = [
    { span, text: label ?? '', primary: true },
    ...secondary.map((item) => ({ ...item, primary: false })),
  ]
  // A secondary span in the primary's line belongs to its frame; all others get a heading of their own.
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
    lines.push(`${' '.repeat(gutter)}${arrow} ${inOneLine(file)}${place}`)
    if (!text) {
      for (const item of items) if (item.text !== '') lines.push(`${bar} ${item.text}`)
      return
    }
    const marks = items.map((item) => markOf(item, text))
    const main = paint[severity]
    if (i === 0) lines.push(bar)
    lines.push(...frameLines(marks, text, gutter, columns, paint, main))
  })
  return { lines, gutter }
}

function lastLine({ file, start }: Span, sourceOf: SourceOf): number {
  return sourceOf(file)?.positionOf(start).line ?? 1
}

/** A span of several lines is underlined to the end of its first line. */
function markOf(item: { span: Span; text: string; primary: boolean }, text: SourceText): Mark {
  const start = text.positionOf(item.span.start)
  const end = text.positionOf(item.span.end)
  const from = text.shownColumn(start)
  const to = end.line === start.line ? text.shownColumn(end) : textWidth(text.shownLine(start.line))
  return { line: start.line, from, to: Math.max(to, from + 1), text: item.text, primary: item.primary }
}

function frameLines(
  allMarks: readonly Mark[],
  source: SourceText,
  gutter: number,
  columns: number,
  paint: Painter,
  main: Paint,
): string[] {
  const line = allMarks[0]?.line ?? 1
  const number = paint.gutter(`${String(line).padStart(gutter)} |`)
  const bar = `${' '.repeat(gutter + 1)}${paint.gutter('|')}`
  const width = Math.max(20, columns - gutter - 3)
  const { text, marks } = cutOut(source.shownLine(line), allMarks, width)
  return [`${number} ${text}`, ...underlines(marks, width, paint, main).map((row) => `${bar} ${row}`)]
}

/** The part of a long line that contains the marks, with dots at the cuts. */
function cutOut(
  line: string,
  marks: readonly Mark[],
  width: number,
): { text: string; marks: readonly Mark[] } {
  if (textWidth(line) <= width) return { text: line, marks }
  const first = Math.min(...marks.map(({ from }) => from))
  const last = Math.max(...marks.map(({ to }) => to))
  const fitsFromStart = last <= width - 3
  const start = fitsFromStart ? 0 : Math.max(0, Math.min(first - 8, last + 3 - width))
  const before = start > 0 ? '...' : ''
  const rest = columnsOf(line, start + before.length)
  const room = width - before.length
  const text = textWidth(rest) <= room ? before + rest : `${before}${columnsOf(rest, 0, room - 3)}...`
  const moved = marks.map((mark) => ({
    ...mark,
    from: Math.min(Math.max(mark.from - start, before.length), width - 1),
    to: Math.min(mark.to - start, width),
  }))
  return { text, marks: moved }
}

/** The characters of `text` from one terminal column to another. */
function columnsOf(text: string, from: number, to = Number.POSITIVE_INFINITY): string {
  if (isPlain(text)) return text.slice(from, to)
  let column = 0
  let out = ''
  for (const character of text) {
    if (column >= from && column + characterWidth(character) <= to) out += character
    column += characterWidth(character)
  }
  return out
}

/**
 * The rows below a line of source, at most `width` columns where that is possible:
 *
 *     ^^^^^^^^^^^  --------------- what the last one says
 *     |  ---- the label of one inside another (they are drawn on top of each other, the shorter above)
 *     the label of a mark further left, one row each
 */
function underlines(marks: readonly Mark[], width: number, paint: Painter, main: Paint): string[] {
  const colour = (mark: Mark) => (mark.primary ? main : paint.secondary)
  const ordered = [...marks].sort((a, b) => a.from - b.from || b.to - a.to)
  const end = Math.max(...marks.map(({ to }) => to))
  // Behind the marks stands the label of the mark that ends last and begins last.
  const last = ordered.at(-1)
  const fits = last && last.to === end && last.to + 1 + textWidth(last.text) <= width
  const inline = fits && ordered.every((mark) => mark === last || mark.to <= last.from) ? last : undefined

  const owners: (Mark | undefined)[] = Array.from({ length: end }, () => undefined)
  for (const mark of [...marks].sort((a, b) => b.to - b.from - (a.to - a.from)))
    owners.fill(mark, mark.from, mark.to)
  let row = ''
  for (let column = 0; column < end; ) {
    const owner = owners[column]
    let next = column
    while (next < end && owners[next] === owner) next++
    const length = next - column
    row += owner ? colour(owner)((owner.primary ? '^' : '-').repeat(length)) : ' '.repeat(length)
    column = next
  }
  if (inline && inline.text !== '') row += ` ${colour(inline)(inline.text)}`

  const below = ordered.filter((mark) => mark !== inline && mark.text !== '').reverse()
  return [
    row,
    ...below.map((mark, i) => {
      const left = below.slice(i + 1).filter((other) => other.from < mark.from)
      const bars = left.map((other) => ({ at: other.from, text: '|', paint: colour(other) })).reverse()
      const nearest = Math.max(-2, ...left.map(({ from }) => from)) + 2
      const at = Math.max(nearest, Math.min(mark.from, width - textWidth(mark.text)))
      return positioned([
        ...bars,
        { at: Math.min(at, Math.max(mark.from, nearest)), text: mark.text, paint: colour(mark) },
      ])
    }),
  ]
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
