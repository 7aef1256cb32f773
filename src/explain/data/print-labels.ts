/** Labels and distributions as rows with counts by part, and bars of the first part. */
import type { SplitName } from '../../data/dataset.ts'
import type { Paint, Painter } from '../../diagnostics/paint.ts'
import { paintedWidth, textWidth } from '../../diagnostics/width.ts'
import { bar } from '../bars.ts'
import { indent, number, table } from '../figures.ts'
import type { Bin } from './histogram.ts'
import type { Distribution, LabelCount } from './labels.ts'
import type { DataSummary } from './summary.ts'

/** Rows of labels, and of all but the largest in one row. */
const mostRows = 15

interface CountRow {
  readonly name: string
  /** By part, in the order of the parts. */
  readonly counts: readonly number[]
  readonly mark?: string
  /** A row for the rest has no bar. */
  readonly rest?: true
}

export function printLabels({ labels, parts }: DataSummary, columns: number, paint: Painter): string[] {
  const names = parts.map(({ part }) => part)
  switch (labels?.kind) {
    case 'class': {
      const absent = labels.labels.filter(({ counts }) => (counts[names[0] ?? 'train'] ?? 0) === 0)
      const title = `${number(labels.labels.length)} labels`
      return [
        `  ${paint.bold(title)}`,
        ...countRows(names, labelRows(labels.labels, names), columns, paint),
        ...(absent.length === 0 || labels.labels.length <= mostRows
          ? []
          : [`  without a text in ${names[0]}: ${absent.length} labels, such as ${absent[0]?.label}`]),
      ]
    }
    case 'tags': {
      const counted = (values: { readonly [part in SplitName]?: number }): string =>
        names.map((name) => number(values[name] ?? 0)).join(', ')
      return [
        `  ${paint.bold('entities')}`,
        ...countRows(names, labelRows(labels.entities, names), columns, paint),
        `  words: ${counted(labels.words)}; sentences without an entity: ${counted(labels.without)}`,
      ]
    }
    case 'number': {
      const rows = names.flatMap((name) => {
        const one = labels.numbers.parts[name]
        return one ? [[name, one.least, one.median, one.mean, one.longest].map((cell) => short(cell))] : []
      })
      const head = painted(paint.muted, ['', 'least', 'median', 'mean', 'largest'])
      return [
        `  ${paint.bold('numbers')}`,
        ...indent(table([head, ...rows], [false, true, true, true, true])),
        '',
        ...printDistribution(labels.numbers, columns, paint),
      ]
    }
    case 'span': {
      const none = names.flatMap((name) => {
        const count = labels.unanswered[name] ?? 0
        return count > 0 ? [`${number(count)} in ${name}`] : []
      })
      return [
        `  ${paint.bold('length of answers in words')}`,
        ...printDistribution(labels.answers, columns, paint),
        ...(none.length > 0 ? [`  questions without an answer: ${none.join(', ')}`] : []),
      ]
    }
    default:
      return []
  }
}

function short(cell: number | string): string {
  return typeof cell === 'string' ? cell : String(Number(cell.toPrecision(4)))
}

/** @param limit a number that is marked at the bin that has it */
export function printDistribution(
  { bins, parts }: Distribution,
  columns: number,
  paint: Painter,
  limit?: { readonly value: number; readonly text: string },
): string[] {
  const names = (['train', 'validation', 'test'] as const).filter((name) => parts[name] !== undefined)
  const rows = bins.map((bin, i): CountRow => {
    const next = bins[i + 1]
    const holds = limit && limit.value >= bin.from && (next ? limit.value < next.from : limit.value <= bin.to)
    return {
      name: binName(bin),
      counts: names.map((name) => parts[name]?.counts[i] ?? 0),
      ...(holds ? { mark: limit.text } : {}),
    }
  })
  return countRows(names, rows, columns, paint)
}

function binName({ from, to }: Bin): string {
  const cell = (value: number): string => String(Number(value.toPrecision(6)))
  return from === to ? cell(from) : `${cell(from)} to ${cell(to)}`
}

function labelRows(labels: readonly LabelCount[], names: readonly SplitName[]): readonly CountRow[] {
  const rows = labels.map(({ label, counts }): CountRow => {
    return { name: label, counts: names.map((name) => counts[name] ?? 0) }
  })
  if (rows.length <= mostRows) return rows
  const rest = rows.slice(mostRows - 1)
  const counts = names.map((_, i) => rest.reduce((sum, row) => sum + (row.counts[i] ?? 0), 0))
  return [...rows.slice(0, mostRows - 1), { name: `${rest.length} more`, counts, rest: true }]
}

/** `noun.act  1,234  6.2%  5.9%  ██████`: counts of the first part, shares of all, bars of the first. */
function countRows(
  names: readonly SplitName[],
  rows: readonly CountRow[],
  columns: number,
  paint: Painter,
): string[] {
  const totals = names.map((_, i) => rows.reduce((sum, { counts }) => sum + (counts[i] ?? 0), 0))
  const share = (row: CountRow, i: number): number => (row.counts[i] ?? 0) / Math.max(1, totals[i] ?? 0)
  const percent = (row: CountRow, i: number): string =>
    (totals[i] ?? 0) === 0 ? '-' : `${(100 * share(row, i)).toFixed(1)}%`
  const right = [false, true, true, ...names.slice(1).map(() => true)]
  const head = painted(paint.muted, ['', names[0] ?? '', '', ...names.slice(1)])
  const cells = rows.map((row) => [
    fitted(row.name, Math.max(12, Math.floor(columns / 3))),
    number(row.counts[0] ?? 0),
    ...names.map((_, i) => percent(row, i)),
  ])
  const used = Math.max(...table([head, ...cells], right).map(paintedWidth))
  const marks = Math.max(0, ...rows.map(({ mark }) => (mark === undefined ? 0 : textWidth(mark) + 4)))
  const room = Math.max(4, Math.min(40, columns - used - marks - 5))
  const largest = Math.max(...rows.filter(({ rest }) => !rest).map((row) => share(row, 0)), 1e-9)
  const bars = rows.map((row) => {
    const [drawn = ''] = painted(paint.secondary, [row.rest ? '' : bar(share(row, 0) / largest, room)])
    return row.mark === undefined ? drawn : `${drawn} ${paint.muted(`<- ${row.mark}`)}`
  })
  return indent(table([head, ...cells.map((row, i) => [...row, bars[i] ?? ''])], [...right, false]))
}

/** An empty text stays empty, so that no blanks are left before its colours at the end of a line. */
function painted(paint: Paint, texts: readonly string[]): readonly string[] {
  return texts.map((text) => (text === '' ? '' : paint(text)))
}

/** With an ellipsis if it is wider than `width`. */
function fitted(text: string, width: number): string {
  const plain = text.replace(/\s/gu, ' ')
  if (textWidth(plain) <= width) return plain
  let cut = plain
  while (textWidth(cut) > width - 1) cut = cut.slice(0, -1)
  return `${cut}…`
}
