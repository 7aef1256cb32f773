/** What was found in a file or folder of data: texts, the task that its labels make, and remarks. */

import { quoted } from '../syntax/string-escapes.ts'
import type { Column } from './columns.ts'
import type { DataFiles, Layout } from './data-files.ts'

export type Task =
  | {
      readonly kind: 'class'
      readonly column: string
      readonly labels: readonly string[]
      /** The spec lists the labels: those of the training files are not all, or in another order. */
      readonly listed?: true
      /** Share of the most frequent label. */
      readonly largest: number
    }
  | { readonly kind: 'number'; readonly column: string; readonly mean: number; readonly deviation: number }
  | {
      readonly kind: 'tags'
      readonly column: string
      readonly labels: readonly string[]
      readonly listed?: true
    }
  | { readonly kind: 'span' }
  /** Texts without labels: words are masked and predicted. */
  | { readonly kind: 'words' }

export interface Found {
  readonly files: DataFiles
  readonly layout: Layout
  /** Names of the columns of a table without a header line. */
  readonly columns?: readonly string[]
  /** As the spec writes it: `column("sentence")`, `[column("a"), column("b")]`, `lines`. */
  readonly text: string
  readonly pair: boolean
  readonly task: Task
  /** Examples of the training file: rows, sentences, questions or lines. */
  readonly rows: number
  /** Examples of the files for validation and test. */
  readonly parts: { readonly validation?: number; readonly test?: number }
  /** The texts of each example; of many examples, evenly spaced ones. */
  readonly samples: readonly (readonly string[])[]
  /** What was found, a line each, for the user and for the comment of the spec. */
  readonly summary: readonly string[]
  /** What deserves a look: a guess, empty fields, duplicates. */
  readonly remarks: readonly string[]
}

/** What decides where the data do not. */
export interface Choices {
  /** The column of the texts, or both of a pair. */
  readonly text?: readonly string[] | undefined
  /** The column of the label; `none` for texts alone. */
  readonly label?: string | undefined
  /** Asks the user, if input and output are terminals. Gives an index of the choices. */
  readonly ask?: ((question: string, choices: readonly string[]) => Promise<number>) | undefined
}

/** `13,784` */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? singular : plural}`
}

export function columnText({ name }: Pick<Column, 'name'>): string {
  return `column(${quoted(name)})`
}

/** Examples whose texts are kept to measure lengths and to train a tokenizer on. */
export const mostSamples = 20_000
