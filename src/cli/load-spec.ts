/** Reads and checks the spec of a command. Prints its errors, and ends the command if there are any. */

import { checkFile } from '../check/check.ts'
import type { Reader } from '../check/files.ts'
import type { Program } from '../check/program.ts'
import { type Diagnostic, DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notASpec, wrongFlagValue } from '../diagnostics/messages/command-line.ts'
import { exitCodeOf, printDiagnostics } from './outcome.ts'

/** `--set a=1 --set b=2`, for commander's repeated options. */
export function collectSetting(value: string, previous: Record<string, string> = {}): Record<string, string> {
  const at = value.indexOf('=')
  if (at <= 0) throw new DiagnosticError(wrongFlagValue({ flag: '--set', value, expected: 'name=value' }))
  return { ...previous, [value.slice(0, at)]: value.slice(at + 1) }
}

/**
 * The checked program. Undefined after its errors were printed and the exit code was set. `warnings`: print
 * the warnings of a spec without errors, for commands about the spec itself. They go to standard error, apart
 * from the result.
 */
export function loadSpec(
  path: string,
  options: { set?: Record<string, string>; json?: boolean; reader?: Reader; warnings?: boolean } = {},
): Program | undefined {
  const { program, diagnostics, sources } = checkFile(path, {
    ...(options.set ? { settings: options.set } : {}),
    ...(options.reader ? { reader: options.reader } : {}),
  })
  if (program === undefined) {
    requireSpec(path, diagnostics)
    printDiagnostics(diagnostics, sources, { file: path, json: options.json ?? false })
    process.exitCode = exitCodeOf(diagnostics)
    return undefined
  }
  if (options.warnings) printDiagnostics(diagnostics, sources, { file: path })
  return program
}

/** Throws E1112 for a file of another kind: a list of syntax errors would not help. */
export function requireSpec(path: string, diagnostics: readonly Diagnostic[]): void {
  const unreadable = diagnostics.length > 0 && diagnostics.every(({ code }) => code.startsWith('E00'))
  if (unreadable && !path.endsWith('.distill')) throw new DiagnosticError(notASpec({ path }))
}
