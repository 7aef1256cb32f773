/**
 * `distill fmt SPEC...` prints a spec in the standard layout, with its comments. `--write` replaces the file,
 * `--check` compares only.
 */

import type { Command } from 'commander'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { errorText } from '../../diagnostics/error-text.ts'
import { unreadableFile } from '../../diagnostics/messages/command-line.ts'
import { fileUnreadable } from '../../diagnostics/messages/names.ts'
import { writeAtomically } from '../../disk/atomic-write.ts'
import { filesOnDisk } from '../../disk/spec-files.ts'
import { isSystemError, reasonOf } from '../../disk/system-error.ts'
import { fileText } from '../../files/regular-file.ts'
import { parseSource } from '../../syntax/build-ast.ts'
import { printSource } from '../../syntax/print.ts'
import { exitCodeOf, exitCodes, printDiagnostics } from '../outcome.ts'
import { printProgramText, say } from '../output.ts'

export function register(program: Command): void {
  program
    .command('fmt')
    .description('print a spec in the standard layout')
    .argument('<spec...>', '.distill files')
    .option('-w, --write', 'write the result to the files')
    .option('--check', 'list the files that would change; exit with 1 if there are any')
    .action((specs: string[], options: { write?: boolean; check?: boolean }) => {
      for (const spec of specs) formatFile(spec, options)
    })
}

function formatFile(spec: string, options: { write?: boolean; check?: boolean }): void {
  const text = readSpec(spec)
  const { tree, diagnostics } = parseSource(spec, text)
  if (diagnostics.length > 0) {
    // A file with syntax errors stays as it is, since formatting could lose parts of it.
    printDiagnostics(diagnostics, new Map([[spec, text]]), { file: spec })
    process.exitCode = exitCodeOf(diagnostics)
    return
  }
  const formatted = printSource(tree)
  if (options.check) {
    if (formatted === text) return
    say(`${spec} is not in the standard layout; distill fmt --write ${spec}\n`)
    process.exitCode = exitCodes.wrongInput
  } else if (options.write) {
    if (formatted !== text) writeAtomically(spec, [Buffer.from(formatted)])
  } else {
    printProgramText(formatted)
  }
}

function readSpec(path: string): string {
  try {
    const text = fileText(path)
    const problem = text.includes('\ufffd') ? filesOnDisk.problem(path) : undefined
    if (problem !== undefined) throw new DiagnosticError(fileUnreadable({ path, problem }))
    return text
  } catch (error) {
    if (error instanceof DiagnosticError) throw error
    throw new DiagnosticError(
      unreadableFile({ path, reason: isSystemError(error) ? reasonOf(error) : errorText(error) }),
    )
  }
}
