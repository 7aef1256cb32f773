/**
 * Reductions with a tensor as their result: `sum(x, over = head)`. `mean` without `over` is a loss primitive.
 */
import { unnamedAxis } from '../../diagnostics/messages/shapes.ts'
import { ofReduction } from '../distribution.ts'
import { reduceLoss } from '../reduction.ts'
import { shapeText } from '../terms.ts'
import { POISON, type Value } from '../values.ts'
import { type BuiltinCall, builtin } from './builtin.ts'
import { extremeOfTwo } from './elementwise.ts'
import { liveField } from './normalizations.ts'
import { overAxis } from './softmax-axis.ts'

type How = 'sum' | 'mean' | 'variance' | 'min' | 'max'

function reduceOver(call: BuiltinCall, how: How): Value {
  const x = call.term('x')
  if (!x) return POISON
  if (!call.has('over')) {
    if (how === 'mean') return reduceLoss(call.checker, 'mean', x, undefined, call.span, call.scope)
    return call.fail(unnamedAxis({ span: call.span, operation: how, shape: shapeText(x) }))
  }
  const over = overAxis(call, x)
  if (!over) return POISON
  const axes = x.axes.filter(({ axis }) => axis !== over)
  const distribution = ofReduction(x, over, how)
  return call.make({ op: 'reduce', how, over, ...liveField(call, over) }, [x], axes, { distribution })
}

function extreme(how: 'min' | 'max') {
  const ofTwo = extremeOfTwo(how)
  return builtin(`${how}(x, y = other, over = AXIS)`, (call) =>
    call.has('y') ? ofTwo(call) : reduceOver(call, how),
  )
}

export const reductions = [
  ...(['sum', 'mean', 'variance'] as const).map((how) =>
    builtin(`${how}(x, over = AXIS)`, (call) => reduceOver(call, how)),
  ),
  extreme('min'),
  extreme('max'),
]
