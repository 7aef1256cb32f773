/**
 * softmax and log_softmax along an axis, over the live positions of a mask, their gradients, and what
 * attention makes of its scores in one pass.
 */
import type { Held, Kernel, KernelTable } from '../../../run/device.ts'
import { inputOf, type Operand, type Site } from '../../../run/site.ts'
import { axisOf, numberOf } from '../../tfjs/attributes.ts'
import type { WebGpuDevice } from '../device.ts'
import { type RowText, rowProgram } from '../rows.ts'
import { lowest } from '../wgsl.ts'

/** The greatest live score of a line, and the sum of exp(score - greatest): where none is live, 0. */
export function logarithmic(
  { each, at }: Pick<RowText, 'each' | 'at'>,
  score: string,
  masked: boolean,
  name = '',
  mask = 'm',
): string {
  const where = masked ? `if (${at(mask)} != 0) ` : ''
  return `
  var top${name} = ${lowest};
  ${each(`${where}{ top${name} = max(top${name}, ${score}); }`)}
  top${name} = best_of(top${name});
  var total${name} = 0.0;
  ${each(`${where}{ total${name} = total${name} + exponential(${score} - top${name}); }`)}
  total${name} = sum_of(total${name});`
}

/** `x` and what goes with it. */
interface Scores {
  readonly operands: { readonly [name: string]: Operand | undefined }
  readonly score: (at: RowText['at']) => string
  readonly mask: number
}

function scoresOf(site: Site): Scores {
  const x = inputOf(site, 0)
  if (site.op !== 'scaled_softmax')
    return { operands: { x, m: site.inputs[1] }, score: (at) => at('x'), mask: 1 }
  return {
    operands: { x, b: inputOf(site, 1), m: site.inputs[2] },
    score: (at) => `(${at('x')} / uniforms.divisor + ${at('b')})`,
    mask: 2,
  }
}

function shares(device: WebGpuDevice, logarithms: boolean): Kernel {
  return (site) => {
    const { operands, score, mask } = scoresOf(site)
    const scaled = site.op === 'scaled_softmax'
    const masked = operands.m !== undefined
    const run = rowProgram(device, site, 'shares', {
      axis: axisOf(site, 'axis'),
      operands,
      result: site.output,
      floats: scaled ? ['divisor'] : [],
      body: (text) => {
        const { at, each, store } = text
        const own = score(at)
        const value = logarithms ? `${own} - logged` : `exponential(${own} - top) * scale`
        const dead = masked ? `select(0.0, ${value}, ${at('m')} != 0)` : value
        return `${logarithmic(text, own, masked)}
  ${logarithms ? 'let logged = top + logarithm(total);' : 'let scale = select(1.0 / total, 0.0, total == 0.0);'}
  ${each(store(dead))}`
      },
    })
    const numbers = scaled ? [numberOf(site, 'divisor')] : []
    return (inputs, { over }) =>
      run(
        { x: inputs[0], m: inputs[mask], ...(scaled ? { b: inputs[1] } : {}) },
        numbers,
        over !== undefined && over.dataId === inputs[0]?.dataId ? over : undefined,
      )
  }
}

/** Of operands y and g (and d): a sum along the line, then what becomes of each element. */
function gradient(
  device: WebGpuDevice,
  summand: (g: string, y: string) => string,
  value: (g: string, y: string) => string,
): Kernel {
  return (site) => {
    const scaled = site.op === 'scaled_softmax_gradient'
    const run = rowProgram(device, site, 'gradient', {
      axis: axisOf(site, 'axis'),
      operands: {
        y: inputOf(site, 0),
        g: inputOf(site, 1),
        ...(scaled ? { d: inputOf(site, 2) } : {}),
      },
      result: site.output,
      floats: scaled ? ['divisor'] : [],
      body: ({ at, each, store }) => {
        const g = scaled ? `(${at('g')} * ${at('d')})` : at('g')
        const y = at('y')
        return `var total = 0.0;
  ${each(`total = total + ${summand(g, y)};`)}
  total = sum_of(total);
  ${each(store(`${value(g, y)}${scaled ? ' / uniforms.divisor' : ''}`))}`
      },
    })
    const numbers = scaled ? [numberOf(site, 'divisor')] : []
    return (inputs: readonly Held[], { over }) =>
      run({ y: inputs[0], g: inputs[1], ...(scaled ? { d: inputs[2] } : {}) }, numbers, over)
  }
}

export function softmaxKernels(device: WebGpuDevice): KernelTable {
  const back = gradient(
    device,
    (g, y) => `${y} * ${g}`,
    (g, y) => `${y} * (${g} - total)`,
  )
  return {
    softmax: shares(device, false),
    scaled_softmax: shares(device, false),
    log_softmax: shares(device, true),
    softmax_gradient: back,
    scaled_softmax_gradient: back,
    log_softmax_gradient: gradient(
      device,
      (g) => g,
      (g, y) => `${g} - ${y} * total`,
    ),
  }
}
