/** Mean and deviation of a lane, in float64. */
import { at } from './values.ts'

/** (x - mean) / sqrt(variance + epsilon) of the entries at start + i stride. */
export function standardizedLane(
  data: Float64Array,
  start: number,
  stride: number,
  length: number,
  epsilon: number,
): { readonly values: Float64Array; readonly deviation: number } {
  const values = Float64Array.from({ length }, (_, i) => at(data, start + i * stride))
  const mean = meanOf(values)
  const deviation = Math.sqrt(meanOf(values.map((x) => (x - mean) ** 2)) + epsilon)
  return { values: values.map((x) => (x - mean) / deviation), deviation }
}

export function meanOf(values: Float64Array): number {
  return values.reduce((total, x) => total + x, 0) / values.length
}
