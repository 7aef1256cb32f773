/**
 * gelu, gelu_tanh and their gradients. Each step is rounded to float32, as it is where the steps are
 * operations of their own.
 */
import { geluTanhCubic, geluTanhScale } from '../../../graph/ops/gelu_tanh.ts'
import { type ArrayKernel, floats } from '../kernel.ts'

const { fround } = Math

/** What x is multiplied by. */
type Gate = (x: number) => number

function gated(gate: Gate): ArrayKernel {
  return () => (inputs, output) => {
    const x = floats(inputs[0])
    const out = floats(output)
    for (let i = 0; i < out.length; i++) out[i] = (x[i] as number) * gate(x[i] as number)
  }
}

/** g slope(x). */
function sloped(slope: Gate): ArrayKernel {
  return () => (inputs, output) => {
    const x = floats(inputs[0])
    const g = floats(inputs[1])
    const out = floats(output)
    for (let i = 0; i < out.length; i++) out[i] = (g[i] as number) * slope(x[i] as number)
  }
}

/**
 * Of Abramowitz and Stegun, 7.1.26, to 1.5e-7: what TensorFlow.js has for `tf.erf` on each of its own
 * backends.
 */
function erf(x: number): number {
  const v = Math.abs(x)
  const t = 1 / (1 + 0.3275911 * v)
  const series =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
  return fround(Math.sign(x) * (1 - series * Math.exp(-v * v)))
}

const halfRoot = fround(Math.SQRT1_2)
const densityAtZero = fround(1 / Math.sqrt(2 * Math.PI))

/** Phi(x). */
const normalBelow: Gate = (x) => fround(fround(erf(fround(x * halfRoot)) + 1) * 0.5)

export const gelu = gated(normalBelow)

export const geluGradient = sloped((x) => {
  const density = fround(fround(Math.exp(fround(fround(x * x) * -0.5))) * densityAtZero)
  return fround(normalBelow(x) + fround(x * density))
})

const cubic = fround(geluTanhCubic)
const scale = fround(geluTanhScale)
const slopeCubic = fround(3 * geluTanhCubic)

function innerTanh(x: number): number {
  const factor = fround(fround(fround(x * x) * cubic) + 1)
  return fround(Math.tanh(fround(fround(x * factor) * scale)))
}

/** (x / 2) (1 + tanh): halved first. */
export const geluTanh: ArrayKernel = () => (inputs, output) => {
  const x = floats(inputs[0])
  const out = floats(output)
  for (let i = 0; i < out.length; i++) {
    const v = x[i] as number
    out[i] = fround(v * 0.5) * fround(innerTanh(v) + 1)
  }
}

export const geluTanhGradient = sloped((x) => {
  const t = innerTanh(x)
  const inner = fround(fround(fround(x * x) * slopeCubic) + 1)
  const right = fround(fround(x * scale) * fround(fround(1 - fround(t * t)) * inner))
  return fround(fround(fround(t + 1) + right) * 0.5)
})
