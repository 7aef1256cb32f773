/** A table as every reader of files gives it: named columns, and for each row where it stands, so that messages can say it. */

export interface Row {
  /** 1-based line where the row begins; in Parquet, which has no lines, the row's number. */
  readonly line: number
  readonly fields: readonly string[]
}
export interface Table {
  readonly file: string
  readonly format: TableFormat
  readonly columns: readonly string[]
  /** Columns of lists of single values, in order of the rows; each is read when it is asked for. */
  readonly lists?: ReadonlyMap<string, () => readonly List[]>
  /** Columns that are there and hold records, or lists of lists: not read. */
  readonly nested?: readonly string[]
  readonly rows: readonly Row[]
}
/** Texts and numbers are themselves; what else a list holds (null; in JSON, lists and objects too) is for its reader to refuse. */
export type List = readonly unknown[]
export type TableFormat = TextFormat | 'parquet'
export type TextFormat = 'tsv' | 'csv' | 'jsonl'
