/**
 * The common reduction of all losses: the sum of the element-wise form over live positions, divided by the
 * number of live (example, AXES) tuples of `per (AXES)`.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { lossWithoutExamples, maskWithoutTokens, perMissingAxis } from '../diagnostics/messages/losses.ts'
import type { Checker } from './checker.ts'
import { liveOf, reach } from './live.ts'
import type { AxisName, Term, TermAxis, TermOperation } from './tensor-term.ts'
import { shapeText } from './terms.ts'
import type { Scope, Value } from './values.ts'

type Primitive = Extract<TermOperation, { op: 'reduction' }>['primitive']

/**
 * `over`: the axis over which kl and cross_entropy have summed. The element-wise form has it, `form` does
 * not.
 */
export function reduceLoss(
  checker: Checker,
  primitive: Primitive,
  form: Term,
  over: TermAxis | undefined,
  span: Span,
  scope: Scope,
): Value {
  const { suffixes } = scope
  const axes = over ? [...form.axes, over] : form.axes
  const shape = shapeText({ axes })
  const all: readonly AxisName[] = suffixes.per ?? form.axes.map(({ axis }) => axis)
  const per = all.filter((axis) => axis !== 'example')
  const foreign = per.find((axis) => !axes.some((other) => other.axis === axis))
  if (foreign) return checker.fail(perMissingAxis({ span, axis: foreign, shape }), scope)
  reach(suffixes, 'per', 'within')
  const has = (axis: 'token' | "token'") => axes.some((other) => other.axis === axis)
  if (has('token') || has("token'")) reach(suffixes, 'where')
  const { where } = suffixes
  if ((where === 'masked' || where === 'first_piece') && !has('token')) {
    reach(suffixes, 'where')
    return checker.fail(maskWithoutTokens({ span, mask: where, shape }), scope)
  }
  if (!form.axes.some(({ axis }) => axis === 'example'))
    return checker.fail(lossWithoutExamples({ span, shape }), scope)
  const operation: TermOperation = {
    op: 'reduction',
    primitive,
    per,
    live: liveOf(suffixes, 'token'),
    livePrimed: liveOf(suffixes, "token'"),
    withinExample: suffixes.within,
    ...(over && all.includes(over.axis) ? { over: { axis: over.axis, size: over.size } } : {}),
  }
  return { kind: 'term', term: checker.terms.make(operation, [form], [], span) }
}
