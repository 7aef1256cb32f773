/**
 * Adds the calls that led to an error inside a function. An error inside the library is one of the user's
 * values: the message points at the user's line, and at the library's line second.
 */
import type { Diagnostic, Label, Span } from '../diagnostics/diagnostic.ts'
import type { Frame, Scope } from './values.ts'

/** Calls that a message shows, innermost first. More would hide the error. */
const shownCalls = 4

export function relocate(
  diagnostic: Diagnostic,
  scope: Scope,
  isLibrary: (file: string) => boolean,
  text: (span: Span) => string,
): Diagnostic {
  const placed = outOfLibrary(diagnostic, scope, isLibrary, text)
  const { span, secondary = [] } = placed
  const shown = [...(span ? [span] : []), ...secondary.map((label) => label.span)]
  const calls: Label[] = []
  for (let at = scope.frame; at; at = at.parent) {
    const { kind, span: call } = at
    if (kind !== 'call' || isLibrary(call.file) || shown.some((other) => within(other, call))) continue
    calls.push({ span: call, text: 'in this call' })
  }
  if (calls.length === 0) return placed
  return { ...placed, secondary: [...secondary, ...calls.slice(0, shownCalls)] }
}

function within(inner: Span, outer: Span): boolean {
  return inner.file === outer.file && inner.start >= outer.start && inner.end <= outer.end
}

function outOfLibrary(
  diagnostic: Diagnostic,
  scope: Scope,
  isLibrary: (file: string) => boolean,
  text: (span: Span) => string,
): Diagnostic {
  const { span, label, secondary = [] } = diagnostic
  if (!span || !isLibrary(span.file)) return diagnostic
  const frame = userFrame(scope.frame, isLibrary)
  const own = secondary.find((other) => !isLibrary(other.span.file))
  const here: Label = { span, text: label ?? 'while reading this' }
  const rest = (moved: Span): Label[] => [here, ...secondary.filter((other) => other.span !== moved)]
  // If a size breaks a library model, the message points at the line that sets it, not at the model's name.
  if (own && frame?.kind !== 'call') return moved(diagnostic, own.span, own.text, rest(own.span))
  const bound = frame?.kind === 'call' ? undefined : userBinding(text(span), scope, isLibrary)
  if (bound) return moved(diagnostic, bound, 'bound here', rest(bound))
  if (!frame) return diagnostic
  return moved(diagnostic, frame.span, undefined, rest(frame.span))
}

function moved(
  { code, severity, message, help, fix }: Diagnostic,
  span: Span,
  label: string | undefined,
  secondary: readonly Label[],
): Diagnostic {
  return {
    code,
    severity,
    message,
    span,
    ...(label === undefined ? {} : { label }),
    secondary,
    ...(help === undefined ? {} : { help }),
    // Another name at the old place is none at the new one.
    ...(fix?.kind === 'project' || fix?.kind === 'append' ? { fix } : {}),
  }
}

function userFrame(frame: Frame | undefined, isLibrary: (file: string) => boolean): Frame | undefined {
  for (let at = frame; at; at = at.parent) if (!isLibrary(at.span.file)) return at
  return undefined
}

/** The place where the user bound the name in the library's text: `layers`, `1..layers`. */
function userBinding(text: string, scope: Scope, isLibrary: (file: string) => boolean): Span | undefined {
  const name = /^(?:\w+\.\.)?([A-Za-z_]\w*)$/.exec(text)?.[1]
  if (name === undefined) return undefined
  for (let block = scope.block; block; block = block.parent) {
    const item = block.body.items.get(name)
    if (item) return isLibrary(item.span.file) ? undefined : item.span
  }
  return undefined
}
