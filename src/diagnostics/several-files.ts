/** One misspelt name is one error, however many files lack it. */
import type { Diagnostic } from './diagnostic.ts'

/**
 * Merges the diagnostics of one misspelt column (E0802) that several files lack: the first, with the places
 * of the others. `PLACE: there is no column` is their message.
 */
export function inSeveralFiles([first, ...others]: readonly [Diagnostic, ...Diagnostic[]]): Diagnostic {
  const placeOf = ({ message }: Diagnostic): string =>
    message.slice(0, message.indexOf(': there is no column'))
  const lines = others
    .filter(({ help }) => help !== first.help)
    .map((other) => `${placeOf(other)}: ${other.help ?? ''}`)
  const same = others.filter(({ help }) => help === first.help).map(placeOf)
  const also = same.length > 0 ? [`the same in ${same.join(', ')}`] : []
  return { ...first, help: [first.help ?? '', ...also, ...lines].join('\n') }
}
