/** The axis of a softmax, of a loss over classes, or of a reduction. */
import { missingAxis, unnamedAxis } from '../../diagnostics/messages/shapes.ts'
import type { AxisName, Term } from '../tensor-term.ts'
import { axisOf, shapeText } from '../terms.ts'
import type { BuiltinCall } from './builtin.ts'

/**
 * The axis of a softmax: `over` if given, otherwise the first of class, token', token. unit is never chosen
 * by default. Undefined after reporting.
 */
export function softmaxAxis(call: BuiltinCall, x: Term): AxisName | undefined {
  if (call.has('over')) return overAxis(call, x)
  const found = (['class', "token'"] as const).find((axis) => axisOf(x, axis))
  if (found) return found
  if (axisOf(x, 'token') && !axisOf(x, 'unit')) return 'token'
  call.fail(unnamedAxis({ span: call.span, operation: call.name, shape: shapeText(x) }))
  return undefined
}

/** The axis that `over` names, which the tensor must have; undefined after reporting. */
export function overAxis(call: BuiltinCall, x: Term): AxisName | undefined {
  const axis = call.axis('over')
  if (!axis || axisOf(x, axis)) return axis
  call.fail(missingAxis({ span: call.spanOf('x'), operation: call.name, axis, shape: shapeText(x) }))
  return undefined
}
