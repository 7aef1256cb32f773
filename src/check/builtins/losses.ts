/**
 * Loss primitives, student first. Each is an element-wise form, followed by the common reduction
 * (`reduction.ts`).
 * mse: (s - t)^2. kl: sum over classes of p_t (log p_t - log p_s). cross_entropy: - sum t log p_s.
 * cosine_distance: 1 - cos(s, t).
 */

import { someTokensLabelled, wrongClassWeights } from '../../diagnostics/messages/losses.ts'
import { labelsOfOtherAxes, missingAxis } from '../../diagnostics/messages/shapes.ts'
import { numberOfLabels, numeric, unexpected } from '../extract.ts'
import { reduceLoss } from '../reduction.ts'
import { sameAxes } from '../same-axes.ts'
import type { AxisName, Live, Term, TermAxis } from '../tensor-term.ts'
import { axisOf, shapeText } from '../terms.ts'
import { POISON } from '../values.ts'
import { type BuiltinCall, builtin } from './builtin.ts'
import { sameForm, takesLogits, takesProbabilities } from './forms.ts'
import { liveField } from './normalizations.ts'
import { overAxis, softmaxAxis } from './softmax-axis.ts'

const mse = builtin('mse(s, t)', (call) => {
  const s = call.term('s')
  const number = call.numeric('t')
  const t =
    number === undefined ? call.termBeside('t', s) : call.checker.terms.number(number, call.spanOf('t'))
  if (!s || !t || (number === undefined && !comparable(call, s, t))) return POISON
  const form = call.checker.terms.make({ op: 'squared_difference' }, [s, t], s.axes, call.span)
  return reduceLoss(call.checker, 'mse', form, undefined, call.span, call.scope)
})

const kl = builtin('kl(s, t, over = AXIS)', (call) => {
  const s = call.term('s')
  const t = call.term('t')
  if (!s || !t || !sameAxes(call, s, t)) return POISON
  const over = softmaxOver(call, s)
  if (!over || !takesLogits(call, 's', s, over.axis) || !takesLogits(call, 't', t, over.axis)) return POISON
  const operation = { op: 'kl', over: over.axis, ...liveField(call, over.axis) } as const
  const form = call.checker.terms.make(operation, [s, t], without(s, over), call.span)
  compares(call, form, s, t)
  return reduceLoss(call.checker, 'kl', form, over, call.span, call.scope)
})

const crossEntropy = builtin('cross_entropy(s, t, over = AXIS, weights = [...])', (call) => {
  const s = call.term('s')
  const target = call.value('t')
  if (!s || target.kind === 'poison') return POISON
  const over = softmaxOver(call, s)
  if (!over || !takesLogits(call, 's', s, over.axis)) return POISON
  const weights = call.has('weights') ? classWeights(call, over) : undefined
  if (call.has('weights') && !weights) return POISON
  const t = call.termBeside('t', s)
  if (!t) return POISON
  warnOfUnlabelled(call, t)
  const fields = { over: over.axis, ...liveField(call, over.axis), ...(weights ? { weights } : {}) }
  const axes = without(s, over)
  if (t.type === 'integer') {
    if (!fitLabels(call, s, t, over)) return POISON
    const form = call.checker.terms.make({ op: 'cross_entropy_labels', ...fields }, [s, t], axes, call.span)
    return reduceLoss(call.checker, 'cross_entropy', form, over, call.span, call.scope)
  }
  if (!sameAxes(call, s, t) || !takesProbabilities(call, 't', t, over.axis)) return POISON
  const form = call.checker.terms.make({ op: 'cross_entropy', ...fields }, [s, t], axes, call.span)
  compares(call, form, s, t)
  return reduceLoss(call.checker, 'cross_entropy', form, over, call.span, call.scope)
})

const cosineDistance = builtin('cosine_distance(s, t, over = unit)', (call) => {
  const s = call.term('s')
  const t = call.termBeside('t', s)
  if (!s || !t || !comparable(call, s, t)) return POISON
  const axis = call.has('over') ? overAxis(call, s) : 'unit'
  const over = axis && axisOf(s, axis)
  if (!axis) return POISON
  if (!over)
    return call.fail(missingAxis({ span: call.spanOf('s'), operation: call.name, axis, shape: shapeText(s) }))
  const operation = { op: 'cosine_distance', over: axis, ...liveField(call, axis) } as const
  const form = call.checker.terms.make(operation, [s, t], without(s, over), call.span)
  return reduceLoss(call.checker, 'cosine_distance', form, undefined, call.span, call.scope)
})

function without(x: Term, over: TermAxis): TermAxis[] {
  return x.axes.filter((axis) => axis !== over)
}

function softmaxOver(call: BuiltinCall, s: Term): TermAxis | undefined {
  const name: AxisName | undefined = softmaxAxis(call, s)
  return name && axisOf(s, name)
}

/** Whether both have the same axes, and are not logits beside probabilities. */
function comparable(call: BuiltinCall, s: Term, t: Term): boolean {
  return sameAxes(call, s, t) && sameForm(call, s, t)
}

/** Checks that labels have all axes of the logits but the class axis. */
function fitLabels(call: BuiltinCall, s: Term, labels: Term, over: TermAxis): boolean {
  const wanted = without(s, over).map(({ axis }) => axis)
  const found = labels.axes.map(({ axis }) => axis)
  if (wanted.join() === found.join()) return true
  call.fail(
    labelsOfOtherAxes({
      span: call.spanOf('t'),
      logits: shapeText(s),
      over: over.axis,
      labels: shapeText(labels),
    }),
  )
  return false
}

/**
 * Records which side is the learner and which the target, for the stage that knows which of them it trains.
 * Arguments given by name are not checked.
 */
function compares(call: BuiltinCall, term: Term, learner: Term, target: Term): void {
  if (call.isNamed('s') && call.isNamed('t')) return
  const { checker, span, scope } = call
  checker.comparisons.push({ term, learner, target, span, scope })
}

/** Targets with labels at some tokens only: the mask of these tokens, and their name in messages. */
const labelledTokens: ReadonlyMap<string, { readonly mask: Live; readonly tokens: string }> = new Map([
  ['batch.original', { mask: 'masked', tokens: 'masked tokens' }],
  ['batch.tags', { mask: 'first_piece', tokens: 'first pieces of words' }],
])

/** Warns if there is no `where`. A written one is taken as intended. */
function warnOfUnlabelled(call: BuiltinCall, target: Term): void {
  const labels = target.operation.op === 'smooth' ? target.inputs[0] : target
  if (labels?.operation.op !== 'input' || call.scope.suffixes.where !== undefined) return
  const { name } = labels.operation
  const known = labelledTokens.get(name)
  if (known)
    call.warn(
      someTokensLabelled({ span: call.span, target: name, shown: call.checker.text(call.span), ...known }),
    )
}

function classWeights(call: BuiltinCall, over: TermAxis): number[] | undefined {
  const value = call.value('weights')
  if (value.kind !== 'list')
    return unexpected(call.checker, value, call.spanOf('weights'), call.scope, 'a list of numbers')
  const numbers: number[] = []
  for (const item of value.items) {
    const number = numeric(item)
    if (number === undefined)
      return unexpected(call.checker, item, call.spanOf('weights'), call.scope, 'a number (a weight)')
    numbers.push(number)
  }
  if (over.identity?.unknown) {
    call.fail(numberOfLabels(over.identity, call.spanOf('weights')))
    return undefined
  }
  if (numbers.length === over.size) return numbers
  call.fail(
    wrongClassWeights({ span: call.spanOf('weights'), weights: numbers.length, classes: String(over.size) }),
  )
  return undefined
}

export const losses = [mse, kl, crossEntropy, cosineDistance]
