/** Losses over a distribution, one line a workgroup, from logits: no probabilities are stored. */
import type { Held, Kernel, KernelTable } from '../../../run/device.ts'
import { inputOf } from '../../../run/site.ts'
import { axisOf } from '../../tfjs/attributes.ts'
import type { WebGpuDevice } from '../device.ts'
import { type RowText, rowProgram } from '../rows.ts'
import { logarithmic } from './softmax.ts'

type Body = (text: RowText, masked: boolean) => string

function lossOf(device: WebGpuDevice, names: readonly string[], body: Body): Kernel {
  return (site) => {
    const all = [...names, 'm']
    const masked = site.inputs[names.length] !== undefined
    const run = rowProgram(device, site, masked ? 'masked' : 'whole', {
      axis: axisOf(site, 'axis'),
      operands: Object.fromEntries(all.map((name, i) => [name, site.inputs[i]])),
      result: site.output,
      body: (text) => body(text, masked),
    })
    return (inputs: readonly Held[]) => {
      inputOf(site, names.length - 1)
      return run(Object.fromEntries(all.map((name, i) => [name, inputs[i]])))
    }
  }
}

const where = ({ at }: RowText, masked: boolean): string => (masked ? `if (${at('m')} != 0) ` : '')

/** -sum(target log_softmax(logits)) over live entries. */
const crossEntropy: Body = (text, masked) => {
  const { at, each, store } = text
  return `${logarithmic(text, at('x'), masked)}
  let logged = logarithm(total);
  var loss = 0.0;
  ${each(`${where(text, masked)}{ let share = ${at('t')};
    if (share != 0.0) { loss = loss + share * (logged - (${at('x')} - top)); } }`)}
  loss = sum_of(loss);
  ${store('loss')}`
}

/**
 * KL(softmax(t) || softmax(s)) over live entries, as the sum of t (r - 1 - log r) with r = s / t. No term is
 * negative. So two nearly equal distributions have a small loss with all its digits, and the errors in the
 * logarithms of both sums cancel.
 */
const kl: Body = (text, masked) => {
  const { at, each, store } = text
  return `${logarithmic(text, at('s'), masked, '_s')}
  ${logarithmic(text, at('t'), masked, '_t')}
  let shift = logarithm(total_t / total_s);
  var loss = 0.0;
  ${each(`${where(text, masked)}{
    let own = ${at('t')} - top_t;
    let other = ${at('s')} - top_s;
    loss = loss + divergence(exponential(own) / total_t, exponential(other) / total_s, other - own + shift);
  }`)}
  loss = sum_of(loss);
  ${store('loss')}`
}

/** The label of a line, and whether it counts: `k` is its place then. */
const labelled = ({ at }: RowText, masked: boolean): string => `
  var k = 0;
  let label = ${at('l')};
  var counts = label >= 0 && label < uniforms.length;
  k = clamp(label, 0, uniforms.length - 1);
  ${masked ? `counts = counts && ${at('m')} != 0;` : ''}`

/** -log_softmax(logits)[label]; 0 for a label outside the axis or masked. */
const labels: Body = (text, masked) => `${logarithmic(text, text.at('x'), masked)}
  ${labelled(text, masked)}
  let loss = logarithm(total) - (${text.at('x')} - top);
  ${text.store('select(0.0, loss, counts)')}`

/** g (p - one_hot(label)); 0 in rows whose label is outside the axis or masked. */
const labelsGradient: Body = (text, masked) => `${labelled(text, masked)}
  let scale = ${text.at('g')};
  ${text.each(text.store(`select(0.0, scale * (${text.at('p')} - select(0.0, 1.0, k == label)), counts)`))}`

export function lossKernels(device: WebGpuDevice): KernelTable {
  return {
    cross_entropy: lossOf(device, ['x', 't'], crossEntropy),
    kl: lossOf(device, ['s', 't'], kl),
    cross_entropy_labels: lossOf(device, ['x', 'l'], labels),
    cross_entropy_labels_gradient: lossOf(device, ['p', 'l', 'g'], labelsGradient),
  }
}
