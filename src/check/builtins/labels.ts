/** Labels as tensors over their classes: one-hot, or smoothed. */
import { wrongKind } from '../../diagnostics/messages/names.ts'
import { describe } from '../describe.ts'
import { probabilities } from '../distribution.ts'
import { unexpected } from '../extract.ts'
import type { Term, TermAxis } from '../tensor-term.ts'
import { POISON, type Value } from '../values.ts'
import { type BuiltinCall, builtin } from './builtin.ts'
import { classAxis, classesOf } from './layers.ts'

/** 1 at the label, 0 elsewhere. The classes are those of the tensor beside it, unless `classes` is given. */
const oneHot = builtin('one_hot(labels, classes = n)', (call) => {
  const labels = labelsOf(call)
  if (!labels) return POISON
  const value = overClasses(call, labels, 0)
  if (!call.has('classes')) return value
  const size = classesOf(call, 'classes')
  return size === undefined || value.kind !== 'unsized'
    ? POISON
    : value.make(classAxis(call, 'classes', size))
})

/** Label smoothing: 1 - amount + amount / n on the label, amount / n elsewhere. */
const smooth = builtin('smooth(labels, amount)', (call) => {
  const labels = labelsOf(call)
  const amount = call.number('amount', 'how much to smooth')
  if (!labels || amount === undefined) return POISON
  if (amount < 0 || amount > 1)
    return call.fail(
      wrongKind({
        span: call.spanOf('amount'),
        wanted: 'a share between 0 and 100%',
        found: describe(call.value('amount')),
      }),
    )
  return overClasses(call, labels, amount)
})

function labelsOf(call: BuiltinCall): Term | undefined {
  const labels = call.term('labels')
  if (!labels || labels.type === 'integer') return labels
  return unexpected(call.checker, call.value('labels'), call.spanOf('labels'), call.scope, 'labels')
}

function overClasses(call: BuiltinCall, labels: Term, amount: number): Value {
  return {
    kind: 'unsized',
    make: (axis: TermAxis) => {
      if (typeof axis.size !== 'number') return POISON
      const operation = { op: 'smooth', amount, classes: axis.size } as const
      return call.make(operation, [labels], [...labels.axes, axis], { distribution: probabilities('class') })
    },
  }
}

export const labels = [oneHot, smooth]
