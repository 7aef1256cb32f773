/** Several checks at once, so that a person learns of all that is missing. */
import { type Diagnostic, DiagnosticError } from './diagnostic.ts'

/** Does all, and throws what went wrong in any of them as one. */
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
