/** Layer normalisation along unit, its parts, and its gradients. */
import type { Held, Kernel, KernelTable } from '../../../run/device.ts'
import { inputOf, type Operand, type Site } from '../../../run/site.ts'
import { numberOf } from '../../tfjs/attributes.ts'
import type { WebGpuDevice } from '../device.ts'
import { type RowText, rowProgram } from '../rows.ts'
import { dimensionsAmong, summer } from './reduce.ts'

/** Mean of a line, and 1 / sqrt(variance + epsilon). */
function moments({ each }: RowText, x: string): string {
  return `var total = 0.0;
  ${each(`total = total + ${x};`)}
  let mean = sum_of(total) / f32(uniforms.length);
  var squares = 0.0;
  ${each(`let d = ${x} - mean; squares = squares + d * d;`)}
  let inverse = 1.0 / sqrt(sum_of(squares) / f32(uniforms.length) + uniforms.epsilon);`
}

interface Form {
  readonly names: readonly string[]
  readonly body: (text: RowText) => string
}

/** `scale` and `bias` are [row], of the size of unit. */
function operandsOf(site: Site, names: readonly string[]): { readonly [name: string]: Operand } {
  return Object.fromEntries(
    names.map((name, i): [string, Operand] => {
      const input = inputOf(site, i)
      return [name, name === 'scale' || name === 'bias' ? { ...input, axes: ['unit'] } : input]
    }),
  )
}

function alongUnit(device: WebGpuDevice, { names, body }: Form): Kernel {
  return (site) => {
    const run = rowProgram(device, site, 'unit', {
      axis: 'unit',
      operands: operandsOf(site, names),
      result: inputOf(site, 0),
      floats: ['epsilon'],
      body,
    })
    const epsilon = numberOf(site, 'epsilon')
    return (inputs, { over }) => run(byName(names, inputs), [epsilon], over)
  }
}

function byName(
  names: readonly string[],
  inputs: readonly Held[],
): { readonly [name: string]: Held | undefined } {
  return Object.fromEntries(names.map((name, i) => [name, inputs[i]]))
}

const standardised: Form = {
  names: ['x'],
  body: (text) => `${moments(text, text.at('x'))}
  ${text.each(text.store(`(${text.at('x')} - mean) * inverse`))}`,
}

const normalised: Form = {
  names: ['x', 'scale', 'bias'],
  body: (text) => `${moments(text, text.at('x'))}
  ${text.each(text.store(`(${text.at('x')} - mean) * inverse * ${text.at('scale')} + ${text.at('bias')}`))}`,
}

/** Of x + y. */
const residual: Form = {
  names: ['x', 'y', 'scale', 'bias'],
  body: (text) => {
    const sum = `(${text.at('x')} + ${text.at('y')})`
    return `${moments(text, sum)}
  ${text.each(text.store(`(${sum} - mean) * inverse * ${text.at('scale')} + ${text.at('bias')}`))}`
  },
}

/** With z the standardised x and r = 1 / sqrt(variance + epsilon): r (g - mean(g) - z mean(z g)). */
function back(text: RowText, g: string): string {
  const { at, each, store } = text
  return `${moments(text, at('x'))}
  var given = 0.0;
  var products = 0.0;
  ${each(`given = given + ${g}; products = products + (${at('x')} - mean) * ${g};`)}
  let mean_g = sum_of(given) / f32(uniforms.length);
  let slope = sum_of(products) / f32(uniforms.length) * inverse * inverse;
  ${each(store(`inverse * (${g} - mean_g - (${at('x')} - mean) * slope)`))}`
}

const standardisedBack: Form = { names: ['x', 'g'], body: (text) => back(text, text.at('g')) }

/** The same of g * scale. */
const normalisedBack: Form = {
  names: ['x', 'g', 'scale'],
  body: (text) => back(text, `(${text.at('g')} * ${text.at('scale')})`),
}

/** The sum over lines of g times the standardised x. */
function scaleGradient(device: WebGpuDevice): Kernel {
  return (site) => {
    const x = inputOf(site, 0)
    const products = rowProgram(device, site, 'products', {
      axis: 'unit',
      operands: { x, g: inputOf(site, 1) },
      result: x,
      floats: ['epsilon'],
      body: (text) => `${moments(text, text.at('x'))}
  ${text.each(text.store(`${text.at('g')} * ((${text.at('x')} - mean) * inverse)`))}`,
    })
    const sum = summer(
      device,
      dimensionsAmong(x, (axis) => axis === 'unit'),
      dimensionsAmong(x, (axis) => axis !== 'unit'),
    )
    const epsilon = numberOf(site, 'epsilon')
    return (inputs) => {
      const whole = products(byName(['x', 'g'], inputs), [epsilon])
      const result = sum(whole, site.output.shape)
      device.release(whole)
      return result
    }
  }
}

export function normaliseKernels(device: WebGpuDevice): KernelTable {
  return {
    standardize: alongUnit(device, standardised),
    layer_norm: alongUnit(device, normalised),
    residual_layer_norm: alongUnit(device, residual),
    standardize_gradient: alongUnit(device, standardisedBack),
    layer_norm_gradient: alongUnit(device, normalisedBack),
    layer_norm_scale_gradient: scaleGradient(device),
  }
}
