/**
 * Losses over a distribution, row by row, and the gradient of the one with labels. Rounded as softmax.ts
 * says; no row of probabilities is stored.
 */
import { inputOf } from '../../../run/site.ts'
import { type ArrayKernel, floats, integers } from '../kernel.ts'
import { lanesOf } from './lanes.ts'
import { logOfSum, maskOf } from './softmax.ts'

/** -sum(target log_softmax(logits)) over live entries. */
export const crossEntropy: ArrayKernel = (site) => {
  const { n, count, lane } = lanesOf(site)
  const x = lane(inputOf(site, 0))
  const t = lane(inputOf(site, 1))
  const m = lane(site.inputs[2])
  return (inputs, output) => {
    const logits = floats(inputs[0])
    const target = floats(inputs[1])
    const mask = maskOf(inputs[2])
    for (let r = 0; r < count; r++) {
      let i = x.starts[r] as number
      let j = t.starts[r] as number
      let k = m.starts[r] as number
      const { greatest, log } = logOfSum(logits, i, x.step, mask, k, m.step, n)
      let total = 0
      for (let e = 0; e < n; e++, i += x.step, j += t.step, k += m.step) {
        if (mask[k] === 0) continue
        const own = Math.fround(Math.fround((logits[i] as number) - greatest) - log)
        total -= Math.fround((target[j] as number) * own)
      }
      output[r] = total
    }
  }
}

/** -log_softmax(logits)[label]; 0 for a label outside the axis or masked. */
export const crossEntropyLabels: ArrayKernel = (site) => {
  const { n, count, lane } = lanesOf(site)
  const x = lane(inputOf(site, 0))
  const l = lane(inputOf(site, 1))
  const m = lane(site.inputs[2])
  return (inputs, output) => {
    const logits = floats(inputs[0])
    const labels = integers(inputs[1])
    const mask = maskOf(inputs[2])
    for (let r = 0; r < count; r++) {
      const label = labels[l.starts[r] as number] as number
      const i = x.starts[r] as number
      const k = m.starts[r] as number
      const live = label >= 0 && label < n && mask[k + label * m.step] !== 0
      output[r] = 0
      if (!live) continue
      const { greatest, log } = logOfSum(logits, i, x.step, mask, k, m.step, n)
      output[r] = log - Math.fround((logits[i + label * x.step] as number) - greatest)
    }
  }
}

/** g (p - one_hot(label)); 0 in rows whose label is outside the axis or masked. */
export const crossEntropyLabelsGradient: ArrayKernel = (site) => {
  const { n, count, lane } = lanesOf(site)
  const p = lane(inputOf(site, 0))
  const l = lane(inputOf(site, 1))
  const g = lane(inputOf(site, 2))
  const m = lane(site.inputs[3])
  const o = lane(site.output)
  return (inputs, output) => {
    const shares = floats(inputs[0])
    const labels = integers(inputs[1])
    const up = floats(inputs[2])
    const mask = maskOf(inputs[3])
    for (let r = 0; r < count; r++) {
      const label = labels[l.starts[r] as number] as number
      const live = label >= 0 && label < n && mask[(m.starts[r] as number) + label * m.step] !== 0
      const scale = up[g.starts[r] as number] as number
      const to = o.starts[r] as number
      const from = p.starts[r] as number
      for (let e = 0; e < n; e++) {
        const difference = Math.fround((shares[from + e * p.step] as number) - (e === label ? 1 : 0))
        output[to + e * o.step] = live ? scale * difference : 0
      }
    }
  }
}
