/** How the files of a data block become rows, and rows become examples, by the kind of texts and labels. */
import type { DataSpec } from '../../check/program.ts'
import type { Span } from '../../diagnostics/diagnostic.ts'
import type { Encoded } from '../encode.ts'
import type { Question } from '../read-squad.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'

/** One row of a table, or one text of a corpus. */
export interface TextRow {
  readonly file: string
  readonly line: number
  /** One text, or two (pairs). For a document, its lines. */
  readonly texts: readonly string[]
  /** What `by` reads: rows with the same value stay in one part. */
  readonly group?: string
  /** Class index, or number. */
  readonly label?: number
  /** The words in the data, and the tag index of each. `tags` is absent if labels are not read. */
  readonly words?: readonly string[]
  readonly tags?: readonly number[]
  /**
   * A question on a paragraph. `texts` has the question and, at the first question of a paragraph, its
   * context.
   */
  readonly question?: Question
}

export interface RowOptions {
  readonly labels: boolean
  /** Bytes. Of a larger file only its first ones are read. */
  readonly limit?: number
}

export interface EncodeOptions {
  readonly tokenizer: Tokenizer
  /** Whether documents become pairs of texts, some of them swapped. */
  readonly ordered: boolean
  /** Uniform in (0, 1) for the n-th block of this row: 0 decides the place, 1 the order. */
  readonly draw: (block: number, purpose: 0 | 1) => number
}

export interface RowForm {
  /** @throws DiagnosticError E0803 to E0807, E0811, E0814, E0865, E0866 */
  readonly read: (spec: DataSpec, file: string, span: Span, options: RowOptions) => readonly TextRow[]
  readonly encode: (spec: DataSpec, row: TextRow, options: EncodeOptions) => readonly Encoded[]
  /** Whether each row is one example. Otherwise its length decides their number. */
  readonly oneExample: boolean
}
