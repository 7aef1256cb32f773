/** Axes that come twice: the second token axis of attention is token', made by `dot` and `across`. */
import { type AxisName, termAxisOrder } from './tensor-term.ts'

/** token -> token', example' -> example''; undefined where an axis has none. */
export function twinOf(axis: AxisName): AxisName | undefined {
  return termAxisOrder.find((candidate) => candidate === `${axis}'`)
}

/** token' -> token */
export function plainOf(axis: AxisName): AxisName | undefined {
  return axis.endsWith("'") ? termAxisOrder.find((candidate) => candidate === axis.slice(0, -1)) : undefined
}
