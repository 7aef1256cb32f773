/** A file of weights, opened for reading. */
import { closeSync, openSync } from 'node:fs'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { weightsNotFound } from '../diagnostics/messages/weights.ts'
import { isSystemError, reasonOf } from './system-error.ts'

export interface ReadOptions {
  /** Where a spec names the file, for messages. */
  readonly span?: Span
}

/** @throws DiagnosticError E0901 where the system refuses the file. */
export function withFile<Result>(
  file: string,
  { span }: ReadOptions,
  use: (descriptor: number) => Result,
): Result {
  try {
    const descriptor = openSync(file, 'r')
    try {
      return use(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (!isSystemError(error)) throw error
    const place = span === undefined ? {} : { span }
    throw new DiagnosticError(weightsNotFound({ path: file, found: reasonOf(error), ...place }))
  }
}

/** What a reader throws for a name that its caller did not take from the header. */
export function missingTensor(path: string, name: string): RangeError {
  return new RangeError(`${path} has no tensor ${name}`)
}
