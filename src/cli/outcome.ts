/** Exit codes, and the output of a failure. No other file prints an error or ends the process. */

import { type Diagnostic, DiagnosticError, type Sources } from '../diagnostics/diagnostic.ts'
import { errorText } from '../diagnostics/error-text.ts'
import { diagnosticsJson, renderDiagnostics } from '../diagnostics/render.ts'
import { DistillError } from '../library/distill-error.ts'
import { print, say } from './output.ts'

/** 0 fine, 1 the spec or data is wrong, 2 usage, 3 the run failed; docs/resume.md has all. */
export const exitCodes = { fine: 0, wrongInput: 1, usage: 2, runFailed: 3 } as const

function color(): boolean {
  return Boolean(process.stderr.isTTY) && !process.env.NO_COLOR
}

export function exitCodeOf(diagnostics: readonly Diagnostic[]): number {
  const errors = diagnostics.filter((d) => d.severity === 'error')
  if (errors.length === 0) return exitCodes.fine
  if (errors.some((d) => d.code.startsWith('E11'))) return exitCodes.usage
  return errors.every((d) => d.code.startsWith('E10')) ? exitCodes.runFailed : exitCodes.wrongInput
}

/** Prints diagnostics to standard error, or with --json as a list to standard output. */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  options: { json?: boolean; file?: string } = {},
): void {
  if (options.json) {
    print(diagnosticsJson(diagnostics, sources))
    return
  }
  if (diagnostics.length === 0) return
  const columns = process.stderr.columns || 100
  const file = options.file === undefined ? {} : { file: options.file }
  say(renderDiagnostics(diagnostics, sources, { color: color(), columns, ...file }))
}

/**
 * Prints what was thrown: diagnostics with their source, and anything else in one line as an internal error.
 */
export function reportFailure(error: unknown): number {
  if (error instanceof DiagnosticError) {
    const { sources, spec } = error instanceof DistillError ? error : { sources: new Map(), spec: undefined }
    printDiagnostics(error.diagnostics, sources, spec === undefined ? {} : { file: spec })
    return exitCodeOf(error.diagnostics)
  }
  const message = errorText(error)
  say(`distill: internal error: ${message}\n`)
  if (process.env.DISTILL_DEBUG && error instanceof Error) say(`${error.stack ?? ''}\n`)
  else say('This is a fault in distill, not in your spec. DISTILL_DEBUG=1 shows where.\n')
  return exitCodes.runFailed
}
