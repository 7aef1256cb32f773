/** `select(condition, a, b)`: a if the condition holds, otherwise b. All three broadcast by axis name. */
import { inputOf } from '../../../run/site.ts'
import { type ArrayKernel, booleans } from '../kernel.ts'
import { broadcastRows } from '../layout.ts'

export const select: ArrayKernel = (site) => {
  const rows = broadcastRows([inputOf(site, 0), inputOf(site, 1), inputOf(site, 2)], site.output)
  const { count, length, steps } = rows
  const [u = 0, s = 0, t = 0] = steps
  const none = new Int32Array()
  const [starts = none, startsA = none, startsB = none] = rows.starts
  return (inputs, output) => {
    const condition = booleans(inputs[0])
    const a = inputs[1] ?? output
    const b = inputs[2] ?? output
    for (let r = 0; r < count; r++) {
      let c = starts[r] as number
      let i = startsA[r] as number
      let j = startsB[r] as number
      const end = (r + 1) * length
      if (u === 0) {
        // one condition for the complete row: a copy or a fill
        const [from, start, step] = condition[c] !== 0 ? ([a, i, s] as const) : ([b, j, t] as const)
        if (step === 0) output.fill(from[start] as number, r * length, end)
        else if (step === 1) output.set(from.subarray(start, start + length), r * length)
        else for (let o = r * length, k = start; o < end; o++, k += step) output[o] = from[k] as number
        continue
      }
      for (let o = r * length; o < end; o++, c += u, i += s, j += t)
        output[o] = condition[c] !== 0 ? (a[i] as number) : (b[j] as number)
    }
  }
}
