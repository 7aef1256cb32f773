/** Diagnostics as editors show them, by the file that they are in. */
import { DiagnosticSeverity, type Diagnostic as Problem } from 'vscode-languageserver-types'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { Lines } from './positions.ts'
import type { Checked } from './workspace.ts'

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  note: DiagnosticSeverity.Information,
} as const

/** @param uriOf the address of a path */
export function problemsOf(
  path: string,
  checked: Checked,
  uriOf: (path: string) => string,
): ReadonlyMap<string, readonly Problem[]> {
  const lines = new Map<string, Lines>()
  const linesOf = (file: string): Lines => {
    const known = lines.get(file) ?? new Lines(checked.sources.get(file) ?? '')
    lines.set(file, known)
    return known
  }
  const problems = new Map<string, Problem[]>([[path, []]])
  for (const diagnostic of checked.diagnostics) {
    const { span, code, severity, secondary } = diagnostic
    const place = span === undefined ? path : checked.pathOf(span)
    const own = problems.get(place) ?? []
    problems.set(place, own)
    own.push({
      // A file that is missing has no place.
      range: linesOf(span?.file ?? path).rangeOf(span ?? { start: 0, end: 0 }),
      severity: severities[severity],
      code,
      source: 'distill',
      message: messageOf(diagnostic),
      relatedInformation: (secondary ?? []).map((cause) => ({
        location: {
          uri: uriOf(checked.pathOf(cause.span)),
          range: linesOf(cause.span.file).rangeOf(cause.span),
        },
        message: cause.text,
      })),
    })
  }
  return problems
}

/** What is wrong, what is at the place, and the remedy. */
function messageOf({ message, label, help }: Diagnostic): string {
  return [
    message,
    ...(label === undefined ? [] : [label]),
    ...(help === undefined ? [] : [`help: ${help}`]),
  ].join('\n')
}
