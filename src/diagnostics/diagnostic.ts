/**
 * Errors are data. A stage never throws to report bad input and never prints: it hands `Diagnostic`s to a `Reporter`; `render.ts` is the
 * one place that turns them into text. Each code is defined once, as a function of a module in `messages/`, and explained in docs/errors/CODE.md.
 */

/** A half-open range of UTF-16 offsets in one file. `file` is the key of that file in `Sources`. */
export interface Span {
  readonly file: string
  readonly start: number
  readonly end: number
}

export interface Label {
  readonly span: Span
  readonly text: string
}

export type Severity = 'error' | 'warning' | 'note'

export interface Diagnostic {
  readonly code: string
  readonly severity: Severity
  /** Lower case, no full stop: `these two states have different sizes`. */
  readonly message: string
  /** The smallest place that is wrong; absent only where there is no text to point at (a missing file, a flag). */
  readonly span?: Span
  /** What stands under the carets. */
  readonly label?: string
  /** Where the cause is: `312 comes from here`. */
  readonly secondary?: readonly Label[]
  /** What to do about it; several lines may show a corrected piece of spec. */
  readonly help?: string
}

/** What `defineMessage` is given: the code, its title and how a diagnostic is made from its arguments. */
export interface MessageDefinition<Arguments> {
  readonly code: string
  /** One line: what kind of mistake this is. The page of the code begins with it. */
  readonly title: string
  readonly severity?: Severity
  readonly build: (args: Arguments) => Omit<Diagnostic, 'code' | 'severity'>
}

export interface Message<Arguments> extends MessageDefinition<Arguments> {
  (args: Arguments): Diagnostic
}

export function defineMessage<Arguments>(definition: MessageDefinition<Arguments>): Message<Arguments> {
  const make = (args: Arguments): Diagnostic => ({
    ...definition.build(args),
    code: definition.code,
    severity: definition.severity ?? 'error',
  })
  return Object.assign(make, definition)
}

/** Texts by file key, for code frames. Keys are the paths shown to the user (`specs/demo.distill`, `std/bert.distill`). */
export type Sources = ReadonlyMap<string, string>

/** Collects diagnostics; equal ones (code and span) are kept once, because one expression is evaluated for many layers. */
export class Reporter {
  readonly diagnostics: Diagnostic[] = []
  private readonly seen = new Set<string>()

  report(diagnostic: Diagnostic): void {
    const { code, span } = diagnostic
    const key = span ? `${code} ${span.file} ${span.start} ${span.end}` : `${code} ${diagnostic.message}`
    if (this.seen.has(key)) return
    this.seen.add(key)
    this.diagnostics.push(diagnostic)
  }

  get failed(): boolean {
    return this.diagnostics.some((d) => d.severity === 'error')
  }
}

/** For stages that cannot go on (reading data, loading a checkpoint, a run that fails): carries diagnostics to the command line. */
export class DiagnosticError extends Error {
  readonly diagnostics: readonly Diagnostic[]
  constructor(...diagnostics: Diagnostic[]) {
    super(diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
    this.name = 'DiagnosticError'
    this.diagnostics = diagnostics
  }
}
