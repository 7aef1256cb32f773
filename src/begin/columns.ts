/** What each column of a table seems to hold, by its values and by its name, and which one is the label. */
import type { Table } from '../data/table.ts'

export interface Column {
  readonly name: string
  readonly index: number
  /** Rows in which it is not empty. */
  readonly filled: number
  /** How often each value occurs. */
  readonly values: ReadonlyMap<string, number>
  /** Mean over the filled rows. */
  readonly words: number
  /** Every filled field is a number in decimal notation. */
  readonly numeric: boolean
  readonly whole: boolean
  /** Every filled field is a list in JSON, or the column has lists in Parquet. */
  readonly lists: boolean
}

const decimal = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/

export function columnsOf({ columns, rows, lists }: Table): Column[] {
  const flat = columns.map((name, index): Column => {
    const values = new Map<string, number>()
    let [filled, words, numbers, whole, brackets] = [0, 0, 0, 0, 0]
    for (const { fields } of rows) {
      const field = fields[index] ?? ''
      if (field.trim() === '') continue
      filled++
      values.set(field, (values.get(field) ?? 0) + 1)
      words += field.trim().split(/\s+/).length
      if (decimal.test(field)) {
        numbers++
        if (Number.isInteger(Number(field))) whole++
      }
      if (/^\s*\[[\s\S]*\]\s*$/.test(field)) brackets++
    }
    return {
      name,
      index,
      filled,
      values,
      words: filled === 0 ? 0 : words / filled,
      numeric: filled > 0 && numbers === filled,
      whole: filled > 0 && whole === filled,
      lists: filled > 0 && brackets === filled,
    }
  })
  const ofLists = [...(lists?.keys() ?? [])].map(
    (name): Column => ({
      name,
      index: -1,
      filled: rows.length,
      values: new Map(),
      words: 0,
      numeric: false,
      whole: false,
      lists: true,
    }),
  )
  return [...flat, ...ofLists]
}

const labelName =
  /^(gold[_ ]?)?(label|labels|class|category|categories|intent|topic|sentiment|polarity|target|y|stars?|rating|score|similarity|quality|genre|type|emotion|stance|output|is[_ ]\w+)$/i
const strongLabelName = /^(gold[_ ]?)?(label|class|category|intent|target|y)$/i
const textName =
  /^(text|texts|sentence|review|review_?text|content|body|message|utterance|query|question|title|comment|tweet|document|description|headline|post|abstract|article|definition|gloss|input|sms|email|mail|phrase)$/i
/** Columns that number the rows. */
const idName = /^(id|idx|index|guid|uid|uuid|row|nr|no|#|.*_id|pair ?id)$/i
const scoreName = /^(score|similarity|rating|stars?|value)$/i

/** Both names of a pair of texts. */
const pairs: readonly (readonly [RegExp, RegExp])[] = [
  [/^premise$/i, /^hypothesis$/i],
  [/^question$/i, /^(sentence|answer|passage|context|document|paragraph)$/i],
  [/^query$/i, /^(passage|document|text|answer)$/i],
  [/^source$/i, /^target$/i],
]

/** Equal but for a last 1 and 2, or a and b: `sentence1`, `#1 String`. */
function isPair(a: string, b: string): boolean {
  if (pairs.some(([first, second]) => first.test(a) && second.test(b))) return true
  return [
    ['1', '2'],
    ['a', 'b'],
    ['A', 'B'],
  ].some(([x = '', y = '']) => {
    const at = a.lastIndexOf(x)
    return at >= 0 && `${a.slice(0, at)}${y}${a.slice(at + 1)}` === b
  })
}

function isId({ name, values, filled, whole, words }: Column): boolean {
  const distinct = values.size === filled && filled > 3
  return (distinct && whole) || (idName.test(name) && (distinct || whole || words < 1.5))
}

/** Whether a column may be one of a pair that the names say. */
export function holdsText(column: Column): boolean {
  return !column.lists && !column.numeric && column.filled > 0 && !isId(column)
}

/** How much a column looks like texts; 0 if it cannot be. */
export function textScore(column: Column): number {
  if (!holdsText(column)) return 0
  const repeated = column.filled / Math.max(1, column.values.size)
  if (column.words < 1.5 && !textName.test(column.name)) return 0
  return Math.log2(1 + column.words) + (textName.test(column.name) ? 3 : 0) - Math.min(3, Math.log2(repeated))
}

/** How much a column looks like a label; 0 if it cannot be. */
export function labelScore(column: Column, rows: number): number {
  if (column.lists || column.filled === 0 || (isId(column) && !strongLabelName.test(column.name))) return 0
  const byName = strongLabelName.test(column.name) ? 5 : labelName.test(column.name) ? 3 : 0
  const each = column.filled / column.values.size
  const byValues = each >= 5 && column.words < 4 ? 2 : each >= 2 && column.words < 4 ? 1 : 0
  const few = column.values.size <= Math.max(2, Math.min(200, rows / 10)) ? 1 : 0
  const number = column.numeric && !column.whole ? 1 : 0
  return byName + byValues + (byName + byValues > 0 ? few : 0) + number
}

/** Whether a label is a number to predict, not the name of a class. */
export function isNumber({ name, numeric, whole, values }: Column): boolean {
  if (!numeric) return false
  return !whole || values.size > (scoreName.test(name) ? 10 : 20)
}

/** The pair of text columns that names say, if there is one. */
export function pairOf(texts: readonly Column[]): readonly [Column, Column] | undefined {
  for (const first of texts)
    for (const second of texts)
      if (first !== second && isPair(first.name, second.name)) return [first, second]
  return undefined
}

/**
 * Whether the first line of a TSV or CSV names its columns: short, different, none of them a value that a
 * column with few values has, and none a number above numbers.
 */
export function hasHeader({ columns, rows }: Table): boolean {
  const names = columns.map((name) => name.trim())
  if (
    names.some((name) => name === '') &&
    names.every((name) => !labelName.test(name) && !textName.test(name))
  )
    return names.filter((name) => name === '').length === 1 && names[0] === ''
  if (names.some((name) => labelName.test(name) || textName.test(name) || idName.test(name))) return true
  if (new Set(names).size < names.length) return false
  return columns.every((name, index) => {
    const below = new Set(rows.map(({ fields }) => fields[index] ?? ''))
    const seen = below.has(name) && below.size < rows.length
    const number = decimal.test(name)
    const words = name.split(/\s+/).length
    return !seen && !number && words <= 4 && name.length <= 40
  })
}
