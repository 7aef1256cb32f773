/** Texts that occur more than once: inside a part, with several labels, or in two parts. */
import type { SplitName } from './dataset.ts'
import type { TextRow } from './rows/form.ts'
import { sharedText, wholeText } from './same-text.ts'

/** Line of a file, from 1. */
export interface TextPlace {
  readonly file: string
  readonly line: number
  /** As the data has it; absent without labels. */
  readonly label?: string
}

export interface FoundTexts {
  readonly texts: number
  /** The first two places of the same text, with its beginning; absent if there are no such texts. */
  readonly first?: { readonly text: string; readonly places: readonly [TextPlace, TextPlace] }
}

export interface Leak extends FoundTexts {
  readonly part: SplitName
  /** The part that has the same texts. */
  readonly also: SplitName
  /** Share of all texts of `part`. */
  readonly share: number
}

/**
 * `duplicates`: texts of a part that repeat an earlier one. `conflicts`: different texts of a part that occur
 * with more than one label.
 * @param labelOf the label of a row as text; undefined without labels
 */
export function repeatsOf(
  rows: readonly TextRow[],
  labelOf: (row: TextRow) => string | undefined,
): { readonly duplicates: FoundTexts; readonly conflicts: FoundTexts } {
  const firsts = new Map<string, TextRow>()
  const conflicting = new Set<string>()
  let duplicates = 0
  let [repeated, conflict]: (readonly [TextRow, TextRow] | undefined)[] = []
  for (const row of rows) {
    const key = wholeText(row)
    const first = firsts.get(key)
    if (first === undefined) {
      firsts.set(key, row)
      continue
    }
    duplicates++
    repeated ??= [first, row]
    if (labelOf(first) === labelOf(row)) continue
    conflicting.add(key)
    conflict ??= [first, row]
  }
  return {
    duplicates: found(duplicates, repeated, labelOf),
    conflicts: found(conflicting.size, conflict, labelOf),
  }
}

/**
 * Texts of the validation and test parts that an earlier part has, too. Questions leak by the paragraph that
 * they ask about.
 */
export function leaksOf(
  parts: ReadonlyMap<SplitName, readonly TextRow[]>,
  labelOf: (row: TextRow) => string | undefined = () => undefined,
): readonly Leak[] {
  const known = [...parts].map(([name, rows]) => {
    const firsts = new Map<string, TextRow>()
    for (const row of rows) {
      const key = sharedText(row)
      if (!firsts.has(key)) firsts.set(key, row)
    }
    return { name, firsts }
  })
  return [...parts].flatMap(([part, rows], i) =>
    known.slice(0, i).flatMap(({ name: also, firsts }): readonly Leak[] => {
      let texts = 0
      let first: readonly [TextRow, TextRow] | undefined
      for (const row of rows) {
        const earlier = firsts.get(sharedText(row))
        if (earlier === undefined) continue
        texts++
        first ??= [row, earlier]
      }
      return texts === 0 ? [] : [{ part, also, share: texts / rows.length, ...found(texts, first, labelOf) }]
    }),
  )
}

/**
 * `data labelled: 12 of 700 test texts are also in train; the first is test.tsv:17, and train.tsv:3`, once
 * for blocks with the same files.
 */
export function leakLines(
  leaks: Iterable<{ readonly data: string; readonly leaks: readonly Leak[] }>,
): readonly string[] {
  const lines = new Map<string, string>()
  for (const { data, leaks: own } of leaks) {
    for (const leak of own) {
      const said = leakText(leak)
      if (!lines.has(said)) lines.set(said, `data ${data}: ${said}`)
    }
  }
  return [...lines.values()]
}

function leakText({ part, also, texts, share, first }: Leak): string {
  const count = (value: number): string => value.toLocaleString('en')
  const of = Math.round(texts / share)
  const how = texts === of ? `all ${count(of)}` : `${count(texts)} of ${count(of)}`
  const places = first?.places.map(({ file, line }) => `${file}:${line}`).join(', and ')
  return `${how} ${part} texts are also in ${also}; the first is ${places ?? ''}`
}

function found(
  texts: number,
  rows: readonly [TextRow, TextRow] | undefined,
  labelOf: (row: TextRow) => string | undefined,
): FoundTexts {
  if (rows === undefined) return { texts }
  const place = (row: TextRow): TextPlace => {
    const label = labelOf(row)
    return { file: row.file, line: row.line, ...(label === undefined ? {} : { label }) }
  }
  return { texts, first: { text: beginningOf(rows[0]), places: [place(rows[0]), place(rows[1])] } }
}

/** Enough of a text to recognise it. */
function beginningOf({ texts }: TextRow): string {
  const whole = texts.join(' | ').replace(/\s+/gu, ' ').trim()
  return whole.length > 60 ? `${whole.slice(0, 59)}…` : whole
}
