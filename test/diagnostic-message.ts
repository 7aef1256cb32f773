/** The message of the diagnostic that an action throws. Fails where it throws nothing, or something else. */
import { DiagnosticError } from '../src/diagnostics/diagnostic.ts'

export function diagnosticMessage(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof DiagnosticError) return error.message
    throw error
  }
  throw new Error('nothing was thrown')
}
