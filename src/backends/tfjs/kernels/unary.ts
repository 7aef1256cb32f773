/** Element-wise ops of one input, and casts. One loop an op, so that each is compiled for itself. */
import type { View } from '../../../run/device.ts'
import { inputOf } from '../../../run/site.ts'
import { type ArrayKernel, booleans, floats } from '../kernel.ts'

type Loop = (x: Float32Array, out: Float32Array) => void

function unary(loop: Loop): ArrayKernel {
  return (site) => {
    if (site.output.dtype !== 'f32') return undefined
    return (inputs, output) => loop(floats(inputs[0]), floats(output))
  }
}

export const negate = unary((x, out) => {
  for (let i = 0; i < out.length; i++) out[i] = -(x[i] as number)
})
export const abs = unary((x, out) => {
  for (let i = 0; i < out.length; i++) out[i] = Math.abs(x[i] as number)
})
export const sqrt = unary((x, out) => {
  for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(x[i] as number)
})
export const exp = unary((x, out) => {
  for (let i = 0; i < out.length; i++) out[i] = Math.exp(x[i] as number)
})
export const log = unary((x, out) => {
  for (let i = 0; i < out.length; i++) out[i] = Math.log(x[i] as number)
})
export const floor = unary((x, out) => {
  for (let i = 0; i < out.length; i++) out[i] = Math.floor(x[i] as number)
})
export const tanh = unary((x, out) => {
  for (let i = 0; i < out.length; i++) out[i] = Math.tanh(x[i] as number)
})
export const relu = unary((x, out) => {
  for (let i = 0; i < out.length; i++) out[i] = Math.max(x[i] as number, 0)
})
export const sigmoid = unary((x, out) => {
  for (let i = 0; i < out.length; i++) out[i] = 1 / (1 + Math.exp(-(x[i] as number)))
})
export const sign = unary((x, out) => {
  for (let i = 0; i < out.length; i++) out[i] = Math.sign(x[i] as number)
})
export const square = unary((x, out) => {
  for (let i = 0; i < out.length; i++) {
    const v = x[i] as number
    out[i] = v * v
  }
})

export const not: ArrayKernel = () => (inputs, output) => {
  const x = booleans(inputs[0])
  const out = booleans(output)
  for (let i = 0; i < out.length; i++) out[i] = x[i] === 0 ? 1 : 0
}

/** To bool: not 0. To i32: towards 0, as a store into an Int32Array does. */
export const cast: ArrayKernel = (site) => {
  const from = inputOf(site, 0).dtype
  if (site.output.dtype === 'bool' && from !== 'bool') {
    return (inputs, output) => {
      const x: View = inputs[0] ?? output
      for (let i = 0; i < output.length; i++) output[i] = x[i] === 0 ? 0 : 1
    }
  }
  return (inputs, output) => {
    if (inputs[0] !== undefined) output.set(inputs[0])
  }
}
