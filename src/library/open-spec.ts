/** Reads and checks the spec that a function of the library is about. */
import type { CheckOptions, CheckTime } from '../check/check.ts'
import type { LabelReader } from '../check/files.ts'
import type { DataSpec, Program } from '../check/program.ts'
import { labelReader } from '../data/read-labels.ts'
import { missingFiles } from '../data/read-texts.ts'
import { type Diagnostic, DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notASpec } from '../diagnostics/messages/command-line.ts'
import { dataFilesMissing } from '../diagnostics/messages/data-files.ts'
import { checkFile } from '../disk/check-file.ts'
import { DistillError } from './distill-error.ts'

export interface OpenedSpec {
  readonly program: Program
  /** A spec without errors may have warnings. */
  readonly warnings: readonly Diagnostic[]
  readonly time: CheckTime
}

export interface OpenOptions extends Pick<CheckOptions, 'settings' | 'reader' | 'allowOutside'> {
  /** Labels of training files by data block, as a run keeps them. Others are read from the files. */
  readonly labels?: Readonly<Record<string, readonly string[]>> | undefined
  /** Whether the training files that labels are taken from may be absent (default: no). */
  readonly withoutData?: boolean
}

/** @throws DistillError with all errors of the spec, and E0801 where labels are in absent files */
export function openSpec(path: string, options: OpenOptions = {}): OpenedSpec {
  const { labels, withoutData = false, ...checked } = options
  const fromFiles = labelReader()
  const readLabels: LabelReader = (origin) => labels?.[origin.data] ?? fromFiles(origin)
  const { program, diagnostics, sources, time } = checkFile(path, { ...checked, readLabels })
  if (program !== undefined) {
    const unknown = unknownLabels(program)
    if (unknown.length > 0 && !withoutData)
      throw new DistillError(
        [dataFilesMissing({ missing: missingFiles(program.data.values()) })],
        sources,
        path,
      )
    return { program, warnings: diagnostics, time }
  }
  requireSpec(path, diagnostics)
  throw new DistillError(diagnostics, sources, path)
}

/** Data blocks whose labels are those of absent training files: their number is not known. */
function unknownLabels({ data }: Program): readonly DataSpec[] {
  return [...data.values()].filter(({ label }) => label && 'origin' in label && label.origin && !label.labels)
}

/** Throws E1112 for a file of another kind: a list of syntax errors would not help. */
export function requireSpec(path: string, diagnostics: readonly Diagnostic[]): void {
  const unreadable = diagnostics.length > 0 && diagnostics.every(({ code }) => code.startsWith('E00'))
  if (unreadable && !path.endsWith('.distill')) throw new DiagnosticError(notASpec({ path }))
}
