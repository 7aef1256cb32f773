/**
 * Number of threads of a backend: from the caller, otherwise from the environment variable, otherwise the
 * processors available to the process.
 */
import { availableParallelism } from 'node:os'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { wrongFlagValue } from '../diagnostics/messages/command-line.ts'

/** The environment variable. */
export const threadsSetting = 'DISTILL_THREADS'

/** Throws E1101 for a variable that is no positive integer. */
export function threadCount(given?: number): number {
  if (given !== undefined) return given
  const value = process.env[threadsSetting]
  if (value === undefined || value === '') return availableParallelism()
  const count = Number(value)
  if (!Number.isInteger(count) || count < 1 || count > 1024)
    throw new DiagnosticError(
      wrongFlagValue({ flag: threadsSetting, value, expected: 'a number of threads from 1 on' }),
    )
  return count
}
