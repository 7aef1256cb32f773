/** Why a backend does not start, and what would make it: from what it was refused with. */

import { type Diagnostic, DiagnosticError } from '../diagnostics/diagnostic.ts'
import { errorLine, errorText } from '../diagnostics/error-text.ts'
import type { RunnerName } from './index.ts'

/** In one line. */
export function reasonOf(name: RunnerName | 'auto', error: unknown): string {
  const missing = missingPart(error)
  if (missing !== undefined) return missing.message.replace(/^backend \S+ does not start: /, '')
  if (name.startsWith('onnxruntime') && /cannot find (package|module)/i.test(errorText(error)))
    return 'onnxruntime-node is not installed'
  return errorLine(error)
}

/** The diagnostic of a backend that lacks something of the machine: its help is the remedy. */
export function missingPart(error: unknown): Diagnostic | undefined {
  const [first] = error instanceof DiagnosticError ? error.diagnostics : []
  return first?.code === 'E1120' ? first : undefined
}
