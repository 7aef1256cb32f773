/** Reads and checks the spec a command is about; prints what is wrong and ends the command where it cannot go on. */

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
 * The checked program, or undefined after its errors were printed and the exit code was set. `warnings`: print those of a spec without errors,
 * for commands that are about the spec itself; they go to standard error, so they never mix with a result.
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

/** Throws E1112 where a file of another kind was named: a list of syntax errors would not tell what is wrong. */
export function requireSpec(path: string, diagnostics: readonly Diagnostic[]): void {
  const unreadable = diagnostics.length > 0 && diagnostics.every(({ code }) => code.startsWith('E00'))
  if (unreadable && !path.endsWith('.distill')) throw new DiagnosticError(notASpec({ path }))
}
