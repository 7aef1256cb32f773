/**
 * Errors are data. To report wrong input, a stage does not throw or print. It passes a `Diagnostic` to a
 * `Reporter`, and `render.ts` alone turns diagnostics into text. Each code is defined once, as a function of
 * a module in `messages/`, and explained in docs/errors/CODE.md.
 */
import { inOneLine, printable } from './terminal-text.ts'

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
  /** The smallest wrong place. Absent only if there is no text to point at (a missing file, an option). */
  readonly span?: Span
  /** The text at the carets. */
  readonly label?: string
  /** Places of the cause: `312 comes from here`. */
  readonly secondary?: readonly Label[]
  /** The remedy. Its lines may show a corrected part of the spec. */
  readonly help?: string
  /** The remedy as an edit, if it is certain enough that an editor may offer it. */
  readonly fix?: Fix
}

/**
 * Another text at the place of a diagnostic, a text behind it, an import that its file lacks, or a projection
 * of a state between two sizes.
 */
export type Fix =
  | { readonly kind: 'append'; readonly text: string }
  | { readonly kind: 'project'; readonly state: Span; readonly from: string; readonly to: string }
  | { readonly kind: 'replace'; readonly text: string }
  | { readonly kind: 'import'; readonly name: string; readonly from: string }

/** What a message says. `similar`: the name that was probably meant at the place. */
export type Built = Omit<Diagnostic, 'code' | 'severity'> & { readonly similar?: string | undefined }

/** The argument of `defineMessage`: a code, its title, and a function that makes the diagnostic. */
export interface MessageDefinition<Arguments> {
  readonly code: string
  /** The kind of mistake, in one line. The page of the code begins with it. */
  readonly title: string
  readonly severity?: Severity
  readonly build: (args: Arguments) => Built
}

export interface Message<Arguments> extends MessageDefinition<Arguments> {
  (args: Arguments): Diagnostic
}

export function defineMessage<Arguments>(definition: MessageDefinition<Arguments>): Message<Arguments> {
  const make = (args: Arguments): Diagnostic => ({
    ...printed(definition.build(args)),
    code: definition.code,
    severity: definition.severity ?? 'error',
  })
  return Object.assign(make, definition)
}

/** Names and cells of users are part of the texts: each line stays one line and can be printed. */
function printed({ similar, ...built }: Built): Omit<Diagnostic, 'code' | 'severity'> {
  const { message, secondary, help } = built
  const label = built.label ?? (similar === undefined ? undefined : `did you mean \`${similar}\`?`)
  return {
    ...built,
    message: inOneLine(message),
    ...(label === undefined ? {} : { label: inOneLine(label) }),
    ...(secondary && { secondary: secondary.map(({ span, text }) => ({ span, text: inOneLine(text) })) }),
    ...(help === undefined ? {} : { help: printable(help) }),
    ...(similar === undefined ? {} : { fix: { kind: 'replace', text: similar } }),
  }
}

/**
 * Texts by file key, to print source lines. Keys are paths as the user sees them (`specs/demo.distill`,
 * `std/bert.distill`).
 */
export type Sources = ReadonlyMap<string, string>

/**
 * Collects diagnostics. Of equal ones (code and span) one is kept, because one expression is evaluated for
 * many layers.
 */
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

/**
 * For work that cannot continue (reading data, loading a checkpoint, a failed run): carries diagnostics to
 * the command line.
 */
export class DiagnosticError extends Error {
  readonly diagnostics: readonly Diagnostic[]
  constructor(...diagnostics: Diagnostic[]) {
    super(diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
    this.name = 'DiagnosticError'
    this.diagnostics = diagnostics
  }
}
