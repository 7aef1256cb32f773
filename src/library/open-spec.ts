/** Reads and checks the spec that a function of the library is about. */
import { checkFile } from '../check/check.ts'
import type { Reader } from '../check/files.ts'
import type { Program } from '../check/program.ts'
import { type Diagnostic, DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notASpec } from '../diagnostics/messages/command-line.ts'
import { DistillError } from './distill-error.ts'

export interface OpenedSpec {
  readonly program: Program
  /** A spec without errors may have warnings. */
  readonly warnings: readonly Diagnostic[]
}

/** @throws DistillError with all errors of the spec */
export function openSpec(
  path: string,
  options: { readonly settings?: Readonly<Record<string, string>>; readonly reader?: Reader } = {},
): OpenedSpec {
  const { program, diagnostics, sources } = checkFile(path, options)
  if (program !== undefined) return { program, warnings: diagnostics }
  requireSpec(path, diagnostics)
  throw new DistillError(diagnostics, sources, path)
}

/** Throws E1112 for a file of another kind: a list of syntax errors would not help. */
export function requireSpec(path: string, diagnostics: readonly Diagnostic[]): void {
  const unreadable = diagnostics.length > 0 && diagnostics.every(({ code }) => code.startsWith('E00'))
  if (unreadable && !path.endsWith('.distill')) throw new DiagnosticError(notASpec({ path }))
}
