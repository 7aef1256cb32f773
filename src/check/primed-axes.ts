/**
 * A tensor can have a second axis of a kind, written with a prime: attention scores have token and token'.
 */
import { type AxisName, termAxisOrder } from './tensor-term.ts'

/** token -> token', example' -> example''; undefined for an axis that has no primed one. */
export function primedOf(axis: AxisName): AxisName | undefined {
  return termAxisOrder.find((candidate) => candidate === `${axis}'`)
}

/** token' -> token; undefined for a plain axis. */
export function plainOf(axis: AxisName): AxisName | undefined {
  return axis.endsWith("'") ? termAxisOrder.find((candidate) => candidate === axis.slice(0, -1)) : undefined
}
