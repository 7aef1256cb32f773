/**
 * `per (...)`, `where MASK`, `within example`: a suffix applies, through bodies of `def`, to the primitives
 * that have none of their own.
 */

import { suffixWithoutEffect, unknownMaskOrAxis } from '../diagnostics/messages/losses.ts'
import { suffixInModel } from '../diagnostics/messages/models.ts'
import { onOutsideMetrics } from '../diagnostics/messages/training.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { SuffixExpression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { type AxisName, type Live, termAxisOrder } from './tensor-term.ts'
import { POISON, type Scope, type Suffixes, type SuffixMark, type Value } from './values.ts'

const masks: readonly Live[] = ['attended', 'masked', 'first_piece', 'any']

export function withSuffix(checker: Checker, e: SuffixExpression, scope: Scope): Value {
  if (e.on) {
    const metric = checker.text(e.value.span)
    return checker.fail(onOutsideMetrics({ span: e.on.span, value: metric }), scope)
  }
  if (scope.block) {
    const span = e.per?.span ?? e.where?.span ?? e.within?.span ?? e.span
    return checker.fail(suffixInModel({ span }), scope)
  }
  const per = e.per && perAxes(checker, e.per.axes, scope)
  const where = e.where && maskOf(checker, e.where.mask, scope)
  const failed = (e.per && !per) || (e.where && !where)
  const around = scope.suffixes
  // One mark for each suffix. A primitive marks the nearest suffix of each kind.
  const mark = (): SuffixMark => ({ reached: false })
  const marks = {
    ...around.marks,
    ...(e.per ? { per: mark() } : {}),
    ...(e.where ? { where: mark() } : {}),
    ...(e.within ? { within: mark() } : {}),
  }
  const suffixes: Suffixes = {
    ...(per ? { per } : around.per ? { per: around.per } : {}),
    ...(where ? { where } : around.where ? { where: around.where } : {}),
    within: around.within || e.within !== undefined,
    marks,
  }
  const value = checker.evaluate(e.value, { ...scope, suffixes })
  if (value.kind === 'poison' || failed) return POISON
  let result: Value = value
  for (const kind of ['per', 'where', 'within'] as const) {
    const part = e[kind]
    if (part && marks[kind]?.reached === false)
      result = checker.fail(
        suffixWithoutEffect({ span: part.span, suffix: checker.text(part.span).trim() || kind }),
        scope,
      )
  }
  return result
}

function perAxes(
  checker: Checker,
  names: readonly { text: string; span: SuffixExpression['span'] }[],
  scope: Scope,
) {
  const axes: AxisName[] = []
  for (const { text, span } of names) {
    const axis = termAxisOrder.find((candidate) => candidate === text)
    if (axis) axes.push(axis)
    else {
      const similar = suggest(text, termAxisOrder)
      checker.report(
        unknownMaskOrAxis({ span, name: text, what: 'an axis', known: termAxisOrder, similar }),
        scope,
      )
    }
  }
  return axes.length === names.length ? axes : undefined
}

function maskOf(
  checker: Checker,
  { text, span }: { text: string; span: SuffixExpression['span'] },
  scope: Scope,
) {
  const mask = masks.find((candidate) => candidate === text)
  if (!mask)
    checker.report(
      unknownMaskOrAxis({ span, name: text, what: 'a mask', known: masks, similar: suggest(text, masks) }),
      scope,
    )
  return mask
}
