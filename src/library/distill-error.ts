/**
 * Errors as a program gets them: diagnostics whose places are lines and columns, with the texts that they are
 * about.
 */
import { type Diagnostic, DiagnosticError, type Sources } from '../diagnostics/diagnostic.ts'
import { type JsonPlace, placeOf } from '../diagnostics/place.ts'

/**
 * A diagnostic with its place as lines and columns, which count from 1; ends are exclusive. No place where
 * there is no text to point at.
 */
export interface LocatedDiagnostic extends Diagnostic, Partial<JsonPlace> {}

/** What a function of the library throws for anything that its caller can repair. */
export class DistillError extends DiagnosticError {
  declare readonly diagnostics: readonly LocatedDiagnostic[]
  /** Texts by the names of files that places have. */
  readonly sources: Sources
  /** The spec, where it was checked and these are all of its errors. */
  readonly spec: string | undefined

  constructor(diagnostics: readonly Diagnostic[], sources: Sources, spec?: string) {
    super(...located(diagnostics, sources))
    this.name = 'DistillError'
    this.sources = sources
    this.spec = spec
  }
}

export function located(diagnostics: readonly Diagnostic[], sources: Sources): LocatedDiagnostic[] {
  return diagnostics.map((diagnostic) => ({
    ...diagnostic,
    ...(diagnostic.span && placeOf(diagnostic.span, sources)),
  }))
}

/** Runs something about a program. What it throws carries the program's texts. */
export async function withSources<Result>(
  sources: Sources,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof DiagnosticError) || error instanceof DistillError) throw error
    throw new DistillError(error.diagnostics, sources)
  }
}
