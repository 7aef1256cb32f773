/**
 * Operations that keep the axes: softmax and its logarithm, standardization, length normalization, dropout.
 */

import { dropoutInLoss } from '../../diagnostics/messages/models.ts'
import { argumentOutOfRange } from '../../diagnostics/messages/names.ts'
import { ofDropped, ofNormalized, probabilities } from '../distribution.ts'
import { originsOf } from '../extract.ts'
import { liveMode } from '../live.ts'
import type { AxisName } from '../tensor-term.ts'
import { POISON } from '../values.ts'
import { type BuiltinCall, builtin } from './builtin.ts'
import { takesLogits } from './forms.ts'
import { unitAxis } from './parameters.ts'
import { overAxis, softmaxAxis } from './softmax-axis.ts'

export function liveField(call: BuiltinCall, axis: AxisName) {
  const live = liveMode(call.scope, axis)
  return live === undefined ? {} : { live }
}

function soft(op: 'softmax' | 'log_softmax') {
  return builtin(`${op}(x, over = AXIS)`, (call) => {
    const x = call.term('x')
    const over = x && softmaxAxis(call, x)
    if (!x || !over) return POISON
    if (!takesLogits(call, 'x', x, over)) return POISON
    const distribution =
      op === 'softmax' ? probabilities(over) : ({ form: 'log-probabilities', over } as const)
    return call.make({ op, over, ...liveField(call, over) }, [x], x.axes, { distribution })
  })
}

/** x / |x| over an axis, unit by default */
const normalize = builtin('normalize(x, over = unit)', (call) => {
  const x = call.term('x')
  if (!x) return POISON
  if (!call.has('over') && !unitAxis(call, x, 'x')) return POISON
  const over = call.has('over') ? overAxis(call, x) : 'unit'
  if (!over) return POISON
  const distribution = ofNormalized(x, over)
  return call.make({ op: 'normalize', over, ...liveField(call, over) }, [x], x.axes, { distribution })
})

/** (x - mean) / sqrt(variance + epsilon) over unit */
const standardize = builtin('standardize(x, epsilon = 1e-12)', (call) => {
  const x = call.term('x')
  const epsilon = call.has('epsilon') ? call.number('epsilon', 'epsilon') : 1e-12
  if (!x || epsilon === undefined || !unitAxis(call, x, 'x')) return POISON
  return call.make({ op: 'standardize', epsilon }, [x], x.axes, { distribution: ofNormalized(x, 'unit') })
})

/**
 * Its site is the path of the binding, so that no two dropouts have the same random numbers. With rate 0 the
 * result is x.
 */
const dropout = builtin('dropout(x, rate)', (call) => {
  const x = call.term('x')
  const rate = call.number('rate', 'a dropout rate')
  if (!x || rate === undefined) return POISON
  if (rate < 0 || rate >= 1) {
    const secondary = originsOf([call.value('rate')], call.span)
    const limits = 'at least 0 and below 1'
    return call.fail(
      argumentOutOfRange({
        span: call.spanOf('rate'),
        what: 'the rate of a dropout',
        value: rate,
        limits,
        secondary,
      }),
    )
  }
  const { owner, block } = call.scope
  if (!owner && !block) return call.fail(dropoutInLoss({ span: call.span }))
  if (rate === 0) return call.value('x')
  const path = owner
    ? [owner.instance.name, ...owner.path].join('.')
    : `${block?.instance.name}.${call.span.start}`
  const number = owner ? ++owner.dropouts : 1
  const site = number === 1 ? path : `${path}#${number}`
  const name = owner?.instance.name ?? block?.instance.name ?? ''
  const distribution = ofDropped(x)
  return call.make({ op: 'dropout', rate, site, owner: name }, [x], x.axes, { distribution })
})

export const normalizations = [soft('softmax'), soft('log_softmax'), normalize, standardize, dropout]
