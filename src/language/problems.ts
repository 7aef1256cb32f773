/** Diagnostics as editors show them, by the file that they are in. */
import { DiagnosticSeverity, type Diagnostic as Problem } from 'vscode-languageserver-types'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
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
  const problems = new Map<string, Problem[]>([[path, []]])
  for (const diagnostic of checked.diagnostics) {
    const { span } = diagnostic
    const place = span === undefined ? path : checked.pathOf(span)
    const own = problems.get(place) ?? []
    problems.set(place, own)
    own.push(problemOf(diagnostic, checked, uriOf, path))
  }
  return problems
}

/** @param path of the spec, for a diagnostic without a place: a file that is missing has none */
export function problemOf(
  diagnostic: Diagnostic,
  checked: Checked,
  uriOf: (path: string) => string,
  path: string,
): Problem {
  const { span, code, severity, secondary } = diagnostic
  return {
    range: checked.linesOf(span?.file ?? path).rangeOf(span ?? { start: 0, end: 0 }),
    severity: severities[severity],
    code,
    source: 'distill',
    message: messageOf(diagnostic),
    relatedInformation: (secondary ?? []).map((cause) => ({
      location: {
        uri: uriOf(checked.pathOf(cause.span)),
        range: checked.linesOf(cause.span.file).rangeOf(cause.span),
      },
      message: cause.text,
    })),
  }
}

/** What is wrong, what is at the place, and the remedy. */
function messageOf({ message, label, help }: Diagnostic): string {
  return [
    message,
    ...(label === undefined ? [] : [label]),
    ...(help === undefined ? [] : [`help: ${help}`]),
  ].join('\n')
}
