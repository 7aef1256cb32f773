/** Turns diagnostics into text, for people (source lines with underlined spans) and for programs (JSON). */
import type { Diagnostic, Severity, Sources } from './diagnostic.ts'
import { renderFrames } from './frame.ts'
import { painter } from './paint.ts'
import { type JsonPlace, placeOf } from './place.ts'
import { SourceText } from './source-text.ts'
import { inOneLine } from './terminal-text.ts'

export interface RenderOptions {
  readonly color: boolean
  /** Width of the terminal, at which text is wrapped. Default 100. */
  readonly columns?: number
  /**
   * The checked file in the closing line: "2 errors in tinybert.distill". Without it there is no such line.
   */
  readonly file?: string
}

/**
 * All diagnostics in the given order, separated by blank lines, and a closing line with their number. Ends
 * with a newline. Colours are those of `painter`, for `terminalText`.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  options: RenderOptions,
): string {
  const texts = new Map<string, SourceText>()
  const sourceOf = (file: string) => {
    const text = sources.get(file)
    if (text === undefined) return undefined
    const known = texts.get(file) ?? new SourceText(text)
    texts.set(file, known)
    return known
  }
  const blocks = diagnostics.map((diagnostic) => renderOne(diagnostic, sourceOf, options))
  const closing = options.file === undefined ? undefined : closingLine(diagnostics, options.file)
  return [...blocks, ...(closing ? [closing] : [])].map((block) => `${block}\n`).join('\n')
}

function renderOne(
  diagnostic: Diagnostic,
  sourceOf: (file: string) => SourceText | undefined,
  { color, columns = 100 }: RenderOptions,
): string {
  const paint = painter(color)
  const { severity, code, message, help } = diagnostic
  const head = `${paint[severity](`${severity}[${code}]`)}${paint.bold(`: ${message}`)}`
  const { lines, gutter } = renderFrames(diagnostic, sourceOf, paint, columns)
  const out = [head, ...lines]
  if (help !== undefined) {
    const indent = ' '.repeat(gutter + 1)
    const label = `${indent}${paint.gutter('=')} help: `
    const rest = ' '.repeat(gutter + 9)
    const [first = '', ...others] = help.split('\n').flatMap((line) => wrap(line, columns - rest.length))
    if (lines.length > 0) out.push(`${indent}${paint.gutter('|')}`)
    out.push(label + first, ...others.map((line) => rest + line))
  }
  return out.map((line) => line.trimEnd()).join('\n')
}

/** Wraps prose between words. A line that begins with blanks, or has no blank to break at, stays as it is. */
function wrap(line: string, width: number): string[] {
  if (line.length <= width || line.startsWith(' ')) return [line]
  const lines: string[] = []
  let current = ''
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current)
      current = word
    } else {
      current = current === '' ? word : `${current} ${word}`
    }
  }
  return [...lines, current]
}

function closingLine(diagnostics: readonly Diagnostic[], file: string): string | undefined {
  const first = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0]
  if (!first) return undefined
  const counts = (['error', 'warning', 'note'] as const)
    .map((severity) => countOf(severity, diagnostics.filter((d) => d.severity === severity).length))
    .filter((text) => text !== '')
  return `${counts.join(', ')} in ${inOneLine(file)}. \`distill check --explain ${first.code}\` says more.`
}

/** Zero errors are printed too, because warnings do not stop a command. */
function countOf(severity: Severity, count: number): string {
  if (count === 0) return severity === 'error' ? 'no errors' : ''
  return `${count} ${severity}${count === 1 ? '' : 's'}`
}

export interface JsonDiagnostic extends Partial<JsonPlace> {
  readonly code: string
  readonly severity: Severity
  readonly message: string
  readonly label?: string
  readonly secondary: readonly (JsonPlace & { readonly text: string })[]
  readonly help?: string
}

/**
 * What `check` says of a spec without diagnostics.
 * @param opened whether the files that it names were opened
 */
export function nothingWrong(file: string, opened: boolean): string {
  return `${file}: nothing wrong${opened ? '' : '; its files were not opened'}\n`
}

/** What `--json` prints. */
export function diagnosticsJson(diagnostics: readonly Diagnostic[], sources: Sources): string {
  return `${JSON.stringify(diagnosticsToJson(diagnostics, sources), null, 2)}\n`
}

/** Plain data for `--json`; lines and columns count from 1, ends are exclusive. */
export function diagnosticsToJson(diagnostics: readonly Diagnostic[], sources: Sources): JsonDiagnostic[] {
  return diagnostics.map(({ code, severity, message, span, label, secondary, help }) => ({
    code,
    severity,
    message,
    ...(span && placeOf(span, sources)),
    ...(label !== undefined && { label }),
    secondary: (secondary ?? []).map(({ span: where, text }) => ({ ...placeOf(where, sources), text })),
    ...(help !== undefined && { help }),
  }))
}
