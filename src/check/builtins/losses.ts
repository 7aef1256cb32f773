/**
 * Loss primitives, student first: an element-wise form each, then the one rule of `reduction.ts`.
 * mse: (s - t)^2. kl: sum over classes of p_t (log p_t - log p_s). cross_entropy: - sum t log p_s. cosine_distance: 1 - cos(s, t).
 */

import { someTokensLabelled, wrongClassWeights } from '../../diagnostics/messages/losses.ts'
import { wrongKind } from '../../diagnostics/messages/names.ts'
import { labelsOfOtherAxes, missingAxis } from '../../diagnostics/messages/shapes.ts'
import { describe } from '../describe.ts'
import { probabilities } from '../distribution.ts'
import { numeric, unexpected } from '../extract.ts'
import { reduceLoss } from '../reduction.ts'
import { sameAxes } from '../same-axes.ts'
import type { AxisName, Live, Term, TermAxis } from '../tensor-term.ts'
import { axisOf, shapeText } from '../terms.ts'
import { POISON, type Value } from '../values.ts'
import { type BuiltinCall, builtin } from './builtin.ts'
import { sameForm, takesLogits, takesProbabilities } from './forms.ts'
import { liveField } from './normalizations.ts'
import { overAxis, softmaxAxis } from './softmax-axis.ts'

const mse = builtin('mse(s, t)', (call) => {
  const s = call.term('s')
  const number = call.numeric('t')
  const t = number === undefined ? call.term('t') : call.core.terms.number(number, call.spanOf('t'))
  if (!s || !t || (number === undefined && !comparable(call, s, t))) return POISON
  const form = call.core.terms.make({ op: 'squared_difference' }, [s, t], s.axes, call.span)
  return reduceLoss(call.core, 'mse', form, undefined, call.span, call.scope)
})

const kl = builtin('kl(s, t, over = AXIS)', (call) => {
  const s = call.term('s')
  const t = call.term('t')
  if (!s || !t || !sameAxes(call, s, t)) return POISON
  const over = softmaxOver(call, s)
  if (!over || !takesLogits(call, 's', s, over.axis) || !takesLogits(call, 't', t, over.axis)) return POISON
  const operation = { op: 'kl', over: over.axis, ...liveField(call, over.axis) } as const
  const form = call.core.terms.make(operation, [s, t], without(s, over), call.span)
  compares(call, form, s, t)
  return reduceLoss(call.core, 'kl', form, over, call.span, call.scope)
})

const crossEntropy = builtin('cross_entropy(s, t, over = AXIS, weights = [...])', (call) => {
  const s = call.term('s')
  const target = call.value('t')
  if (!s || target.kind === 'poison') return POISON
  const over = softmaxOver(call, s)
  if (!over || !takesLogits(call, 's', s, over.axis)) return POISON
  const weights = call.has('weights') ? classWeights(call, over) : undefined
  if (call.has('weights') && !weights) return POISON
  warnOfUnlabelled(call, target)
  const t =
    target.kind === 'smoothed' ? smoothed(call, target.labels, target.amount, s, over) : call.term('t')
  if (!t) return POISON
  const fields = { over: over.axis, ...liveField(call, over.axis), ...(weights ? { weights } : {}) }
  const axes = without(s, over)
  if (t.type === 'integer') {
    if (!fitLabels(call, s, t, over)) return POISON
    const form = call.core.terms.make({ op: 'cross_entropy_labels', ...fields }, [s, t], axes, call.span)
    return reduceLoss(call.core, 'cross_entropy', form, over, call.span, call.scope)
  }
  if (!sameAxes(call, s, t) || !takesProbabilities(call, 't', t, over.axis)) return POISON
  const form = call.core.terms.make({ op: 'cross_entropy', ...fields }, [s, t], axes, call.span)
  compares(call, form, s, t)
  return reduceLoss(call.core, 'cross_entropy', form, over, call.span, call.scope)
})

const cosineDistance = builtin('cosine_distance(s, t, over = unit)', (call) => {
  const s = call.term('s')
  const t = call.term('t')
  if (!s || !t || !comparable(call, s, t)) return POISON
  const axis = call.has('over') ? overAxis(call, s) : 'unit'
  const over = axis && axisOf(s, axis)
  if (!axis) return POISON
  if (!over)
    return call.fail(missingAxis({ span: call.spanOf('s'), operation: call.name, axis, shape: shapeText(s) }))
  const operation = { op: 'cosine_distance', over: axis, ...liveField(call, axis) } as const
  const form = call.core.terms.make(operation, [s, t], without(s, over), call.span)
  return reduceLoss(call.core, 'cosine_distance', form, undefined, call.span, call.scope)
})

/** Label smoothing: 1 - amount + amount / n on the label, amount / n elsewhere; n is known beside the logits. */
const smooth = builtin('smooth(labels, amount)', (call) => {
  const labels = call.term('labels')
  const amount = call.number('amount', 'how much to smooth')
  if (!labels || amount === undefined) return POISON
  const { core, scope } = call
  if (labels.type !== 'integer') {
    unexpected(core, call.value('labels'), call.spanOf('labels'), scope, 'labels')
    return POISON
  }
  if (amount < 0 || amount > 1)
    return call.fail(
      wrongKind({
        span: call.spanOf('amount'),
        wanted: 'a share between 0 and 100%',
        found: describe(call.value('amount')),
      }),
    )
  return { kind: 'smoothed', labels, amount }
})

function without(x: Term, over: TermAxis): TermAxis[] {
  return x.axes.filter((axis) => axis !== over)
}

function softmaxOver(call: BuiltinCall, s: Term): TermAxis | undefined {
  const name: AxisName | undefined = softmaxAxis(call, s)
  return name && axisOf(s, name)
}

/** Of equal axes, and not logits beside probabilities. */
function comparable(call: BuiltinCall, s: Term, t: Term): boolean {
  return sameAxes(call, s, t) && sameForm(call, s, t)
}

/** Labels have every axis of the logits but the one that the classes stand on. */
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

function smoothed(
  call: BuiltinCall,
  labels: Term,
  amount: number,
  s: Term,
  over: TermAxis,
): Term | undefined {
  if (!fitLabels(call, s, labels, over)) return undefined
  if (typeof over.size !== 'number' || over.axis !== 'class') {
    unexpected(
      call.core,
      call.value('t'),
      call.spanOf('t'),
      call.scope,
      'labels or a distribution',
      'smoothing needs a class axis',
    )
    return undefined
  }
  const operation = { op: 'smooth', amount, classes: over.size } as const
  return call.core.terms.make(operation, [labels], s.axes, call.spanOf('t'), {
    distribution: probabilities('class'),
  })
}

/** Notes who is to learn from whom, for the stage that knows which of the two it trains. Arguments given by name are meant as they stand. */
function compares({ core, named, span, scope }: BuiltinCall, term: Term, learner: Term, target: Term): void {
  if (named.has('s') && named.has('t')) return
  core.comparisons.push({ term, learner, target, span, scope })
}

/** Targets that have labels at some tokens only: the mask that selects these tokens, and their name in messages. */
const labelledTokens: ReadonlyMap<string, { readonly mask: Live; readonly tokens: string }> = new Map([
  ['batch.original', { mask: 'masked', tokens: 'masked tokens' }],
  ['batch.tags', { mask: 'first_piece', tokens: 'first pieces of words' }],
])

/** Without any `where`; one that is written says what is meant. */
function warnOfUnlabelled(call: BuiltinCall, target: Value): void {
  const labels = target.kind === 'smoothed' ? target.labels : target.kind === 'term' ? target.term : undefined
  if (labels?.operation.op !== 'input' || call.scope.suffixes.where !== undefined) return
  const { name } = labels.operation
  const known = labelledTokens.get(name)
  if (known)
    call.warn(
      someTokensLabelled({ span: call.span, target: name, shown: call.core.text(call.span), ...known }),
    )
}

function classWeights(call: BuiltinCall, over: TermAxis): number[] | undefined {
  const value = call.value('weights')
  if (value.kind !== 'list')
    return unexpected(call.core, value, call.spanOf('weights'), call.scope, 'a list of numbers')
  const numbers: number[] = []
  for (const item of value.items) {
    const number = numeric(item)
    if (number === undefined)
      return unexpected(call.core, item, call.spanOf('weights'), call.scope, 'a number (a weight)')
    numbers.push(number)
  }
  if (numbers.length === over.size) return numbers
  call.fail(
    wrongClassWeights({ span: call.spanOf('weights'), weights: numbers.length, classes: String(over.size) }),
  )
  return undefined
}

export const losses = [mse, kl, crossEntropy, cosineDistance, smooth]
