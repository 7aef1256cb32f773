/**
 * A file of weights, opened for reading, and what is said where it is not there or has no tensor of a name.
 */
import { closeSync, openSync } from 'node:fs'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { tensorNotFound, weightsNotFound } from '../diagnostics/messages/weights.ts'
import { suggest } from '../diagnostics/suggest.ts'
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

/** E0905: none of the tensors has this name. */
export function missingTensor(
  path: string,
  tensors: ReadonlyMap<string, unknown>,
  name: string,
  { span }: ReadOptions,
): DiagnosticError {
  const suggestion = suggest(name, tensors.keys())
  const near = suggestion === undefined ? {} : { suggestion }
  const place = span === undefined ? {} : { span }
  return new DiagnosticError(tensorNotFound({ path, name, count: tensors.size, ...near, ...place }))
}
