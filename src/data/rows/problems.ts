import { DiagnosticError } from '../../diagnostics/diagnostic.ts'

/** Continues after a file that cannot be read, so that one run reports the problems of all files. */
export class ProblemCollector {
  private readonly errors: DiagnosticError[] = []

  attempt(action: () => unknown): void {
    try {
      action()
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      this.errors.push(error)
    }
  }

  raise(): void {
    if (this.errors.length > 0)
      throw new DiagnosticError(...this.errors.flatMap((error) => error.diagnostics))
  }
}
