/** Errors of PyTorch checkpoints: a damaged file (E0908), and one that would call a function (E0909). */
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { damagedPyTorchFile, unsafePyTorchFile } from '../../diagnostics/messages/weights.ts'
import type { ReadOptions } from '../open-file.ts'

/** The file that is read, and where a spec names it. */
export interface Place extends ReadOptions {
  readonly file: string
}

export function damaged({ file, span }: Place, problem: string): DiagnosticError {
  return new DiagnosticError(
    damagedPyTorchFile({ path: file, problem, ...(span === undefined ? {} : { span }) }),
  )
}

export function refusedCall({ file, span }: Place, called: string): DiagnosticError {
  return new DiagnosticError(
    unsafePyTorchFile({ path: file, called, ...(span === undefined ? {} : { span }) }),
  )
}
