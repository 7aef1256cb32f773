/** The result of every reader of tables: named columns, and the place of each row, for messages. */

export interface Row {
  /** The line, from 1, in which the row begins. Parquet has no lines; there it is the row's number. */
  readonly line: number
  readonly fields: readonly string[]
}
export interface Table {
  readonly file: string
  readonly format: TableFormat
  readonly columns: readonly string[]
  /** Columns of lists of single values, in the order of rows. Each is read on request. */
  readonly lists?: ReadonlyMap<string, () => readonly List[]>
  /** Columns of records or of lists of lists, which are not read. */
  readonly nested?: readonly string[]
  readonly rows: readonly Row[]
}
/**
 * Items are texts and numbers. The reader has to refuse other items: null, and in JSON also lists and
 * objects.
 */
export type List = readonly unknown[]
/** `files`: each file is a row, with its text and the name of its folder. */
export type TableFormat = TextFormat | 'parquet' | 'files'
export type TextFormat = 'tsv' | 'csv' | 'jsonl'
