/** Runs several checks, so that all their errors are reported at once. */
import { type Diagnostic, DiagnosticError } from './diagnostic.ts'

/** Runs all of them, and throws all their diagnostics as one error. */
export function throwTogether(...all: readonly (() => void)[]): void {
  const diagnostics: Diagnostic[] = []
  for (const one of all) {
    try {
      one()
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      diagnostics.push(...error.diagnostics)
    }
  }
  if (diagnostics.length > 0) throw new DiagnosticError(...diagnostics)
}
