/** Functions of logits: the most likely entry, probabilities. */
import type { HostTensor } from '../run/runner.ts'

type Numbers = HostTensor['data']

/** The index of the largest value, of the first if several are equal. */
export function argmax(values: Numbers): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i
  return best
}

/** log(sum of exp), without overflow for large values. */
export function logSumExp(values: Numbers): number {
  let largest = Number.NEGATIVE_INFINITY
  for (const value of values) if (value > largest) largest = value
  let sum = 0
  for (const value of values) sum += Math.exp(value - largest)
  return largest + Math.log(sum)
}

/** Probabilities of logits. */
export function softmax(values: Numbers): number[] {
  const total = logSumExp(values)
  return Array.from(values, (value) => Math.exp(value - total))
}
