/** A file that a spec names, and its place in the spec. */
import type { Span } from '../diagnostics/diagnostic.ts'

export interface FileReference {
  /** The pattern with `{task}` replaced, relative to the folder of the file that contains it. */
  readonly path: string
  readonly span: Span
}
