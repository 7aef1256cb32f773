/** The summary of a data block as text: a table of facts by part, remarks, labels, lengths, examples. */
import type { LabelSource } from '../../check/program.ts'
import type { SplitName } from '../../data/dataset.ts'
import type { FoundTexts } from '../../data/repeats.ts'
import type { Painter } from '../../diagnostics/paint.ts'
import { indent, number, table, wrapLines } from '../figures.ts'
import { printExamples } from './print-examples.ts'
import { printDistribution, printLabels } from './print-labels.ts'
import type { DataPart, DataSummary } from './summary.ts'

/** @param columns width of the terminal; every line keeps to it */
export function printDataSummary(summary: DataSummary, columns: number, paint: Painter): string {
  const sections = [
    factLines(summary, paint),
    remarkLines(summary),
    printLabels(summary, columns, paint),
    [
      `  ${paint.bold('length in pieces, with [CLS] and [SEP]')}`,
      ...printDistribution(summary.lengths, columns, paint, {
        value: summary.max_length,
        text: `max_length = ${number(summary.max_length)}`,
      }),
    ],
    printExamples(summary, columns, paint),
  ]
  const lines = [
    ...titleOf(summary, paint),
    ...sections.flatMap((one) => (one.length > 0 ? ['', ...one] : [])),
  ]
  return `${wrapLines(lines, columns).join('\n')}\n`
}

const labelWords: { readonly [kind in LabelSource['kind']]: string } = {
  class: 'a class for each text',
  number: 'a number for each text',
  tags: 'a tag for each word',
  span: 'answers to questions',
}

function titleOf({ data, labelled, tokenizer, parts }: DataSummary, paint: Painter): string[] {
  const labels = labelled === null ? 'no labels' : labelWords[labelled]
  const how = tokenizer.trained ? `trained on ${tokenizer.from}` : `of ${tokenizer.from}`
  const files = [...new Set(parts.flatMap((part) => part.files))]
  const shown =
    files.length > 4 ? `${files.slice(0, 3).join(', ')} and ${files.length - 3} more` : files.join(', ')
  return [
    `${paint.bold(`data ${data}`)}: ${labels}`,
    `  ${paint.muted(shown)}`,
    `  ${paint.muted(`vocabulary of ${number(tokenizer.pieces)} pieces, ${how}`)}`,
  ]
}

const longWords = {
  cut: 'cut at',
  windows: 'in several windows of',
  blocks: 'in several blocks of',
} as const

function factLines(summary: DataSummary, paint: Painter): string[] {
  const { parts, lengths, leaks, max_length: most, long_texts: how, labelled } = summary
  const lengthOf = (part: DataPart, of: 'median' | 'p95' | 'p99' | 'longest'): string =>
    number(lengths.parts[part.part]?.[of] ?? 0)
  const warned = (count: number, of: number): string => {
    const text = counted(count, of)
    return count > 0 ? paint.warning(text) : text
  }
  const leaked = (part: DataPart, also: SplitName): string => {
    if (parts.findIndex((one) => one.part === also) >= parts.indexOf(part)) return ''
    return warned(leaks.find((one) => one.part === part.part && one.also === also)?.texts ?? 0, part.texts)
  }
  const row = (name: string, cell: (part: DataPart) => string): string[] => [name, ...parts.map(cell)]
  const rows = [
    ['', ...parts.map(({ part }) => paint.muted(part))],
    row(summary.labelled === 'span' ? 'questions' : 'texts', ({ texts }) => number(texts)),
    ...(how === 'cut' ? [] : [row(`${how} that a model reads`, ({ examples }) => number(examples))]),
    row('pieces of a text: median', (part) => lengthOf(part, 'median')),
    row('                  95%', (part) => lengthOf(part, 'p95')),
    row('                  99%', (part) => lengthOf(part, 'p99')),
    row('                  longest', (part) => lengthOf(part, 'longest')),
    row(`${longWords[how]} max_length = ${number(most)}`, ({ long, texts }) => counted(long.texts, texts)),
    row('unknown pieces', ({ unknown }) => counted(unknown.pieces, unknown.of)),
    ...(parts.some(({ empty }) => empty > 0)
      ? [row('texts without a character', ({ empty, texts }) => warned(empty, texts))]
      : []),
    row('texts that repeat an earlier one', ({ duplicates, texts }) => counted(duplicates.texts, texts)),
    ...(labelled === null
      ? []
      : [row('texts with different labels', ({ conflicts, texts }) => warned(conflicts.texts, texts))]),
    ...parts
      .slice(0, -1)
      .map(({ part }) =>
        row(`${labelled === 'span' ? 'paragraph ' : ''}also in ${part}`, (one) => leaked(one, part)),
      ),
  ]
  return indent(table(rows, [false, ...parts.map(() => true)]))
}

/** `12 (0.6%)`; without a share where there is none. */
function counted(count: number, of: number): string {
  if (count === 0) return '0'
  const share = (100 * count) / Math.max(1, of)
  return `${number(count)} (${share < 0.1 ? '<0.1' : share.toFixed(1)}%)`
}

/** Where the first text of each kind is. */
function remarkLines({ parts, leaks }: DataSummary): string[] {
  return [
    ...leaks.map((leak) => remark(`in ${leak.part} and ${leak.also}`, leak, false)),
    ...parts.map(({ part, conflicts }) => remark(`with different labels in ${part}`, conflicts, true)),
    ...parts.map(({ part, duplicates }) => remark(`repeated in ${part}`, duplicates, false)),
  ].flat()
}

/** Characters of a label in a line about a text. */
const longestLabel = 60

function remark(what: string, { first }: FoundTexts, labels: boolean): string[] {
  if (first === undefined) return []
  const places = first.places.map(({ file, line, label = '' }) => {
    const shown = label.length > longestLabel ? `${label.slice(0, longestLabel - 1)}…` : label
    return `    ${file}:${line}${labels ? `  ${shown}` : ''}`
  })
  return [`  first ${what}: "${first.text}"`, ...places]
}
