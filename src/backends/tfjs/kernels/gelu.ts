/**
 * gelu, gelu_tanh and their gradients: a table gives the gate, or the slope. Beyond the table both are 0 on
 * the left and 1 on the right.
 */

import {
  cellsPerUnit,
  curveCells,
  curveEnd,
  geluGate,
  geluSlope,
  geluTanhGate,
  geluTanhSlope,
} from '../curve.ts'
import { type ArrayKernel, floats } from '../kernel.ts'

/** x gate(x), the table made at the first use. */
function gated(make: () => Float64Array): ArrayKernel {
  let made: Float64Array | undefined
  return () => {
    made ??= make()
    const table = made
    return (inputs, output) => scaleByCurve(table, floats(inputs[0]), floats(inputs[0]), floats(output))
  }
}

/** g slope(x). */
function sloped(make: () => Float64Array): ArrayKernel {
  let made: Float64Array | undefined
  return () => {
    made ??= make()
    const table = made
    return (inputs, output) => scaleByCurve(table, floats(inputs[0]), floats(inputs[1]), floats(output))
  }
}

function scaleByCurve(table: Float64Array, x: Float32Array, factor: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    const v = x[i] as number
    const place = (v + curveEnd) * cellsPerUnit
    if (place >= 0 && place < curveCells) {
      const cell = place | 0
      const t = place - cell
      const k = cell << 2
      const y =
        (((table[k + 3] as number) * t + (table[k + 2] as number)) * t + (table[k + 1] as number)) * t +
        (table[k] as number)
      out[i] = y * (factor[i] as number)
    } else {
      out[i] = v > 0 ? (factor[i] as number) : 0 * v
    }
  }
}

export const gelu = gated(geluGate)
export const geluTanh = gated(geluTanhGate)
export const geluGradient = sloped(geluSlope)
export const geluTanhGradient = sloped(geluTanhSlope)
