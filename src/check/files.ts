/**
 * Files of a spec: the spec, what it imports, and the names that each file sees. Loading reports syntax errors, missing files, import cycles and
 * unknown imported names; it gives no name a meaning.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Declaration, SourceFile } from '../syntax/ast.ts'

/** Text of a file, or undefined where there is none. */
export type Reader = (path: string) => string | undefined

/** A name that a file sees: its own declaration or an imported one. */
export interface FileName {
  readonly name: string
  /** Where this file says it (the declaration's name, or the name in the import). */
  readonly span: Span
  readonly declaration: Declaration
  /** The file that declares it. */
  readonly file: FileScope
}

export interface FileScope {
  /** The key in `Sources`, as shown to the user: `specs/demo.distill`, `std/bert.distill`. */
  readonly file: string
  /** Where it lies on disk. */
  readonly path: string
  /** Of the tool's own library. */
  readonly library: boolean
  readonly tree: SourceFile
  readonly names: ReadonlyMap<string, FileName>
}
