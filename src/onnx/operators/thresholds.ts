/**
 * Values up to a threshold left out: the runtime's `Where` is three passes of one thread, arithmetic is
 * shared out to all.
 */
import { equalTypes } from '../../graph/type.ts'
import type { OnnxGraph } from '../onnx-graph.ts'
import { inputAt, type Translation } from '../operand.ts'

/**
 *   x <= c ? 0 : x              ==>  max(x, c) [x > c]
 *   x <= c ? 0 : g (that - y)   ==>  g (that - y) [x > c]
 * with [x > c], 0 or 1, as HardSigmoid. The first is so for infinite x too; the second is where that - y is
 * finite, else the loss is not finite either.
 * undefined for other choices.
 */
export function aboveThreshold(t: Translation): string | undefined {
  const { onnx } = t
  const [condition, zero, other] = [inputAt(t, 0), inputAt(t, 1), inputAt(t, 2)]
  const compared = onnx.producer(condition.name)
  if (compared?.op !== 'LessOrEqual' || zero.name !== onnx.float(0)) return undefined
  if (!equalTypes(other.type, t.type)) return undefined
  const [x = '', threshold = ''] = compared.inputs
  const c = onnx.numberOf(threshold)
  if (c === undefined || c === 0 || !Number.isFinite(c)) return undefined
  const above = isAbove(onnx, x, c)
  const kept = onnx.node('Mul', [onnx.node('Max', [x, threshold]), above])
  if (other.name === x) return kept
  return isDifferenceOf(onnx, other.name, kept) ? onnx.node('Mul', [other.name, above]) : undefined
}

/**
 * max(0, min(1, a x - a c)), with a power of 2 for a such that the distance from c to the next number becomes
 * at least 1. No operation rounds.
 */
function isAbove(onnx: OnnxGraph, x: string, c: number): string {
  const steep = 2 ** (24 - Math.floor(Math.log2(Math.abs(c))))
  return onnx.node('HardSigmoid', [x], { alpha: { float: steep }, beta: { float: -steep * c } })
}

/** Whether a value is a factor times the difference of `kept` and another. */
function isDifferenceOf(onnx: OnnxGraph, value: string, kept: string): boolean {
  const product = onnx.producer(value)
  if (product?.op !== 'Mul') return false
  return product.inputs.some((factor) => {
    const difference = onnx.producer(factor)
    return difference?.op === 'Sub' && difference.inputs.includes(kept)
  })
}
