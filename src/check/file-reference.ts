/** A file that a spec names, and where it does. */
import type { Span } from '../diagnostics/diagnostic.ts'

export interface FileReference {
  /** Pattern as written, `{task}` filled in, resolved against the folder of the file that says it. */
  readonly path: string
  readonly span: Span
}
