/**
 * Converts values to what a place needs: numbers, sizes, texts, tensors. Reports any other value and returns
 * undefined; POISON is not reported again.
 */
import type { Diagnostic, Label, Span } from '../diagnostics/diagnostic.ts'
import { sizeOnlyInFile } from '../diagnostics/messages/data.ts'
import { readsRemoved } from '../diagnostics/messages/models.ts'
import { notInteger, wrongKind } from '../diagnostics/messages/names.ts'
import { rangeTooLong, sizeBelowOne } from '../diagnostics/messages/shapes.ts'
import { limits } from '../syntax/limits.ts'
import type { Checker } from './checker.ts'
import { describe, shortNumber } from './describe.ts'
import type { AxisName, ClassIdentity, Term } from './tensor-term.ts'
import { isWeight } from './term-reads.ts'
import type { AbsentValue, Scope, Value } from './values.ts'

/** `312 comes from here`, for each number whose origin is known and differs from `span`. */
export function originsOf(values: readonly Value[], span?: Span): Label[] {
  const labels: Label[] = []
  for (const value of values) {
    if ((value.kind !== 'number' && value.kind !== 'labels') || unknownLabels(value)) continue
    const { origin } = value
    if (
      !origin ||
      (span && origin.start >= span.start && origin.end <= span.end && origin.file === span.file)
    )
      continue
    const shown = shortNumber(value.kind === 'number' ? value.value : value.size)
    labels.push({ span: origin, text: `${shown} comes from here` })
  }
  return labels
}

export function absentError(value: AbsentValue, span: Span): Diagnostic {
  return readsRemoved({ span, path: value.path, removed: value.span })
}

/** Reports that another kind of value was wanted. Returns undefined. */
export function unexpected(
  checker: Checker,
  value: Value,
  span: Span,
  scope: Scope,
  wanted: string,
  help?: string,
): undefined {
  if (value.kind === 'poison') return undefined
  const unknown = value.kind === 'undecided' ? value.classes : unknownLabels(value)
  if (value.kind === 'absent') checker.report(absentError(value, span), scope)
  else if (unknown) checker.report(numberOfLabels(unknown, span), scope)
  else checker.report(wrongKind({ span, wanted, found: describe(value), help }), scope)
  return undefined
}

/** For a block in place of one of its tensors: its `logits` or `output`, as the user would write them. */
function tensorsIn(checker: Checker, value: Value, span: Span): string | undefined {
  if (value.kind !== 'block') return undefined
  const { block } = value
  const names = block.names().filter((name) => block.get(name)?.kind === 'term')
  const likely = ['logits', 'output'].find((name) => names.includes(name)) ?? names.at(-1)
  return likely === undefined ? undefined : `name one of its tensors: ${checker.text(span)}.${likely}`
}

/** A label set counts as its size, if that is known. */
export function numeric(value: Value): number | undefined {
  if (value.kind === 'number') return value.value
  return value.kind === 'labels' && !value.identity.unknown ? value.size : undefined
}

/** The identity of a label set whose size only absent training files have. */
export function unknownLabels(value: Value): ClassIdentity | undefined {
  return value.kind === 'labels' && value.identity.unknown ? value.identity : undefined
}

/** The error where a number is needed that only absent training files have. */
export function numberOfLabels({ unknown, origin }: ClassIdentity, span: Span): Diagnostic {
  const { data = '', path = '' } = unknown ?? {}
  const help = 'put the file there, or list the labels: class(column("label"), ["negative", "positive"])'
  return sizeOnlyInFile({
    span: origin ?? span,
    data: `the number of labels of data \`${data}\``,
    path,
    needed: span,
    help,
  })
}

export function numberOf(
  checker: Checker,
  value: Value,
  span: Span,
  scope: Scope,
  what: string,
): number | undefined {
  return numeric(value) ?? unexpected(checker, value, span, scope, `a number (${what})`)
}

export function integerOf(
  checker: Checker,
  value: Value,
  span: Span,
  scope: Scope,
  what: string,
): number | undefined {
  const number = numberOf(checker, value, span, scope, what)
  if (number === undefined || Number.isInteger(number)) return number
  const secondary = originsOf([value], span)
  checker.report(notInteger({ span, what, value: number, secondary }), scope)
  return undefined
}

/** A whole number of at least 1. */
export function sizeOf(
  checker: Checker,
  value: Value,
  span: Span,
  scope: Scope,
  what: string,
): number | undefined {
  const number = integerOf(checker, value, span, scope, what)
  if (number === undefined || number >= 1) return number
  checker.report(sizeBelowOne({ span, what, value: number, secondary: originsOf([value], span) }), scope)
  return undefined
}

export function scalarOf(
  checker: Checker,
  value: Value,
  span: Span,
  scope: Scope,
  what: string,
): number | Term | undefined {
  const number = numeric(value)
  if (number !== undefined) return number
  if (value.kind === 'term' && isWeight(value.term)) return value.term
  return unexpected(checker, value, span, scope, `a number (${what})`)
}

export function stringOf(
  checker: Checker,
  value: Value,
  span: Span,
  scope: Scope,
  what: string,
): string | undefined {
  if (value.kind === 'string') return value.value
  return unexpected(checker, value, span, scope, `a text (${what})`)
}

export function rangeOf(
  checker: Checker,
  value: Value,
  span: Span,
  scope: Scope,
  what: string,
): { from: number; to: number } | undefined {
  if (value.kind !== 'range')
    return unexpected(checker, value, span, scope, `a range (${what})`, 'such as 1..layers')
  const count = value.to - value.from + 1
  if (count <= limits.members) return value
  checker.report(rangeTooLong({ span, count, most: limits.members }), scope)
  return undefined
}

export function indicesOf(
  checker: Checker,
  value: Value,
  span: Span,
  scope: Scope,
  what: string,
): readonly number[] | undefined {
  if (value.kind === 'range') {
    const range = rangeOf(checker, value, span, scope, what)
    return range && Array.from({ length: Math.max(0, range.to - range.from + 1) }, (_, i) => range.from + i)
  }
  if (value.kind === 'list') {
    const all: number[] = []
    for (const item of value.items) {
      const some = indicesOf(checker, item, span, scope, what)
      if (!some) return undefined
      all.push(...some)
    }
    return all
  }
  const one = integerOf(checker, value, span, scope, what)
  return one === undefined ? undefined : [one]
}

export function termOf(
  checker: Checker,
  value: Value,
  span: Span,
  scope: Scope,
  what: string,
): Term | undefined {
  if (value.kind === 'term') return value.term
  const help =
    value.kind === 'unsized'
      ? 'say which classes: one_hot(batch.label, classes = 3)'
      : tensorsIn(checker, value, span)
  return unexpected(checker, value, span, scope, `a tensor (${what})`, help)
}

/**
 * A tensor, or labels with the classes of the tensor beside them. If that tensor is wrong, their classes are
 * unknown.
 */
export function termBeside(
  checker: Checker,
  value: Value,
  beside: Term | undefined,
  span: Span,
  scope: Scope,
  what: string,
): Term | undefined {
  if (beside === undefined && value.kind === 'unsized') return undefined
  return termOf(checker, sized(value, beside), span, scope, what)
}

/** Labels with the classes that one of these tensors has; any other value as it is. */
export function sized(value: Value, ...beside: readonly (Term | undefined)[]): Value {
  if (value.kind !== 'unsized') return value
  const axis = beside.flatMap((term) => term?.axes ?? []).find((candidate) => candidate.axis === 'class')
  return axis ? value.make(axis) : value
}

export function scalarTermOf(
  checker: Checker,
  value: Value,
  span: Span,
  scope: Scope,
  what: string,
): Term | undefined {
  if (value.kind === 'number') return checker.terms.number(value.value, span)
  if (value.kind === 'term' && value.term.axes.length === 0) return value.term
  return unexpected(checker, value, span, scope, `a single number (${what})`, 'reduce it with mean(...)')
}

export function axisNameOf(checker: Checker, value: Value, span: Span, scope: Scope): AxisName | undefined {
  if (value.kind === 'axis') return value.axis
  return unexpected(checker, value, span, scope, 'an axis', 'example, token, head, unit or class')
}
