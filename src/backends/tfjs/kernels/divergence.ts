/**
 * The divergence between two distributions, plain and at a temperature, and the backward pass from it to the
 * first. Rounded as softmax.ts says.
 */
import { inputOf, type Site } from '../../../run/site.ts'
import { numberOf } from '../attributes.ts'
import { type ArrayKernel, floats } from '../kernel.ts'
import { type Lane, lanesOf } from './lanes.ts'
import { expOf, logOfSum, maskOf } from './softmax.ts'

interface Rows {
  readonly n: number
  readonly count: number
  readonly s: Lane
  readonly t: Lane
  readonly m: Lane
}

function divergences(
  { n, count, s, t, m }: Rows,
  [student, target]: readonly [Float32Array, Float32Array],
  mask: Uint8Array,
  output: { [row: number]: number },
): void {
  for (let r = 0; r < count; r++) {
    let i = s.starts[r] as number
    let j = t.starts[r] as number
    let k = m.starts[r] as number
    const own = logOfSum(student, i, s.step, mask, k, m.step, n)
    const wanted = logOfSum(target, j, t.step, mask, k, m.step, n)
    let total = 0
    for (let e = 0; e < n; e++, i += s.step, j += t.step, k += m.step) {
      if (mask[k] === 0) continue
      const difference = Math.fround((target[j] as number) - wanted.greatest)
      const share = Math.fround(expOf(difference) / wanted.total)
      const studentLog = Math.fround(Math.fround((student[i] as number) - own.greatest) - own.log)
      total += Math.fround(share * Math.fround(Math.fround(difference - wanted.log) - studentLog))
    }
    output[r] = total
  }
}

function rowsOf(site: Site): Rows {
  const { n, count, lane } = lanesOf(site)
  return { n, count, s: lane(inputOf(site, 0)), t: lane(inputOf(site, 1)), m: lane(site.inputs[2]) }
}

/** KL(softmax(t) || softmax(s)) over live entries, from the logits of both. */
export const kl: ArrayKernel = (site) => {
  const rows = rowsOf(site)
  return (inputs, output) =>
    divergences(rows, [floats(inputs[0]), floats(inputs[1])], maskOf(inputs[2]), output)
}

/** The same of logits that are divided first. */
export const scaledKl: ArrayKernel = (site) => {
  const rows = rowsOf(site)
  const divisor = Math.fround(numberOf(site, 'divisor'))
  return (inputs, output) =>
    divergences(
      rows,
      [divided(floats(inputs[0]), divisor), divided(floats(inputs[1]), divisor)],
      maskOf(undefined),
      output,
    )
}

/** g (softmax(s / divisor) - softmax(t / divisor)) / divisor, plus the value beside it. */
export const klGradient: ArrayKernel = (site) => {
  const { n, count, lane } = lanesOf(site)
  const [s, t, g] = [lane(inputOf(site, 0)), lane(inputOf(site, 1)), lane(inputOf(site, 2))]
  const b = lane(site.inputs[3])
  const o = lane(site.output)
  const divisor = Math.fround(numberOf(site, 'divisor'))
  const live = maskOf(undefined)
  return (inputs, output) => {
    const student = divided(floats(inputs[0]), divisor)
    const target = divided(floats(inputs[1]), divisor)
    const up = floats(inputs[2])
    const beside = inputs[3] === undefined ? undefined : floats(inputs[3])
    for (let r = 0; r < count; r++) {
      let i = s.starts[r] as number
      let j = t.starts[r] as number
      let k = b.starts[r] as number
      let to = o.starts[r] as number
      const own = logOfSum(student, i, s.step, live, 0, 0, n)
      const wanted = logOfSum(target, j, t.step, live, 0, 0, n)
      const scale = up[g.starts[r] as number] as number
      for (let e = 0; e < n; e++, i += s.step, j += t.step, k += b.step, to += o.step) {
        const share = Math.fround(expOf((student[i] as number) - own.greatest) / own.total)
        const wantedShare = Math.fround(expOf((target[j] as number) - wanted.greatest) / wanted.total)
        const back = Math.fround(Math.fround(scale * Math.fround(share - wantedShare)) / divisor)
        output[to] = back + (beside === undefined ? 0 : (beside[k] as number))
      }
    }
  }
}

function divided(logits: Float32Array, divisor: number): Float32Array {
  return logits.map((x) => x / divisor)
}
