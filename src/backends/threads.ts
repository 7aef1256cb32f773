/**
 * How many threads a backend may use: what the caller says, else the setting of the environment, else as many
 * as the process may run on.
 */
import { availableParallelism } from 'node:os'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { wrongFlagValue } from '../diagnostics/messages/command-line.ts'

/** The environment variable. */
export const threadsSetting = 'DISTILL_THREADS'

/** Throws E1101 for a setting that is no positive whole number. */
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
