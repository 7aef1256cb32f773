/** Reads and checks the spec of a command. Prints its errors, and ends the command if there are any. */
import type { Program } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { wrongFlagValue } from '../diagnostics/messages/command-line.ts'
import { DistillError } from '../library/distill-error.ts'
import { openSpec } from '../library/open-spec.ts'
import { printFailure } from './open-run.ts'
import { printDiagnostics } from './outcome.ts'

/** `--set a=1 --set b=2`, for commander's repeated options. */
export function collectSetting(value: string, previous: Record<string, string> = {}): Record<string, string> {
  const at = value.indexOf('=')
  if (at <= 0) throw new DiagnosticError(wrongFlagValue({ flag: '--set', value, expected: 'name=value' }))
  return { ...previous, [value.slice(0, at)]: value.slice(at + 1) }
}

/**
 * The checked program. Undefined after its errors were printed and the exit code was set. `warnings`: print
 * the warnings of a spec without errors, for commands about the spec itself. They go to standard error, apart
 * from the result. `withoutData`: training files that labels are taken from may be absent.
 */
export function loadSpec(
  path: string,
  options: { set?: Record<string, string>; json?: boolean; warnings?: boolean; withoutData?: boolean } = {},
): Program | undefined {
  try {
    const { program, warnings } = openSpec(path, {
      ...(options.set ? { settings: options.set } : {}),
      withoutData: options.withoutData ?? false,
    })
    if (options.warnings) printDiagnostics(warnings, program.sources, { file: path })
    return program
  } catch (error) {
    if (!(error instanceof DistillError)) throw error
    printFailure(error, options.json)
    return undefined
  }
}
