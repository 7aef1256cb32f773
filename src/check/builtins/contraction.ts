/**
 * `dot` contracts an axis. If both sides have token or unit, the result has it twice, the second as the
 * primed axis.
 */
import { wrongKind } from '../../diagnostics/messages/names.ts'
import { missingAxis, unfittingAxes } from '../../diagnostics/messages/shapes.ts'
import { joinAxes, sizeOrigins } from '../operators.ts'
import { primedOf } from '../primed-axes.ts'
import type { AxisName, TermAxis } from '../tensor-term.ts'
import { axisOf, shapeText } from '../terms.ts'
import { POISON } from '../values.ts'
import { type BuiltinCall, builtin } from './builtin.ts'
import { liveField } from './normalizations.ts'

const dot = builtin('dot(a, b, over = unit, pair = AXIS or none)', (call) => {
  const a = call.term('a')
  const b = call.term('b')
  const over = call.has('over') ? call.axis('over') : 'unit'
  if (!a || !b || !over) return POISON
  const { checker, scope, span, name: operation } = call
  const left = axisOf(a, over)
  const right = axisOf(b, over)
  if (!left || !right) {
    const slot = left ? 'b' : 'a'
    return call.fail(
      missingAxis({ span: call.spanOf(slot), operation, axis: over, shape: shapeText(left ? b : a) }),
    )
  }
  if (left.size !== right.size) {
    const problem = `${over} is ${left.size} on the left and ${right.size} on the right`
    return call.fail(unfittingAxes({ span, operation, problem, secondary: sizeOrigins([left, right]) }))
  }
  const pair = pairedAxes(
    call,
    over,
    (axis) => axisOf(a, axis) !== undefined && axisOf(b, axis) !== undefined,
  )
  if (!pair) return POISON
  const axes = new Map(a.axes.filter((axis) => axis !== left).map((axis) => [axis.axis, axis]))
  for (const axis of b.axes) {
    if (axis === right) continue
    const added: TermAxis | undefined = pair.includes(axis.axis) ? twinned(axis) : axis
    const earlier = added && axes.get(added.axis)
    if (!added || (earlier && pair.includes(axis.axis))) {
      const problem = `${shapeText(a)} and ${shapeText(b)} leave no primed axis for ${axis.axis}`
      return call.fail(unfittingAxes({ span, operation, problem }))
    }
    const joined = earlier ? joinAxes(checker, earlier, added, operation, span, scope) : added
    if (!joined) return POISON
    axes.set(joined.axis, joined)
  }
  return call.make({ op: 'dot', over, pair, ...liveField(call, over) }, [a, b], axes.values())
})

function twinned(axis: TermAxis): TermAxis | undefined {
  const primed = primedOf(axis.axis)
  return primed && { ...axis, axis: primed }
}

function pairedAxes(
  call: BuiltinCall,
  over: AxisName,
  both: (axis: AxisName) => boolean,
): AxisName[] | undefined {
  if (!call.has('pair')) return (['token', 'unit'] as const).filter((axis) => axis !== over && both(axis))
  if (call.value('pair').kind === 'none') return []
  const axis = call.axis('pair')
  if (!axis) return undefined
  if (axis !== over && both(axis)) return [axis]
  const found = axis === over ? `${axis}, which is contracted` : `${axis}, which one side lacks`
  call.fail(wrongKind({ span: call.spanOf('pair'), wanted: 'an axis that both sides keep', found }))
  return undefined
}

export const contraction = [dot]
