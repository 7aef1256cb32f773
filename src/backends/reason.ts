/** Why a backend does not start, in one line: from what it was refused with. */

import { type Diagnostic, DiagnosticError } from '../diagnostics/diagnostic.ts'
import { errorLine } from '../diagnostics/error-text.ts'

export function reasonOf(error: unknown): string {
  return missingPart(error)?.message.replace(/^backend \S+ does not start: /, '') ?? errorLine(error)
}

/** The diagnostic of a backend that lacks something of the machine: its help is the remedy. */
export function missingPart(error: unknown): Diagnostic | undefined {
  const [first] = error instanceof DiagnosticError ? error.diagnostics : []
  return first?.code === 'E1120' ? first : undefined
}
