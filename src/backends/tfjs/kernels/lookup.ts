/** Rows of a table by integer ids, the gradient that adds rows up, and one-hot rows. */
import { GraphError } from '../../../graph/graph.ts'
import { inputOf } from '../../../run/site.ts'
import { axisOf, optionalNumberOf } from '../attributes.ts'
import { type ArrayKernel, floats, integers } from '../kernel.ts'
import { at, splitAt } from '../layout.ts'

/** An id without a row is an error, as in the reference: it would be a silent zero else. */
export const lookup: ArrayKernel = (site) => {
  if (site.output.axes.at(-1) !== 'unit') return undefined
  const [rows, width] = [at(inputOf(site, 1).shape, 0), at(inputOf(site, 1).shape, 1)]
  return (inputs, output) => {
    const ids = integers(inputs[0])
    const table = floats(inputs[1])
    const out = floats(output)
    for (let r = 0; r < ids.length; r++) {
      const id = ids[r] as number
      if (id < 0 || id >= rows) throw new GraphError(`lookup: no row ${id} in a table of ${rows}`)
      const from = id * width
      const to = r * width
      for (let c = 0; c < width; c++) out[to + c] = table[from + c] as number
    }
  }
}

export const lookupGradient: ArrayKernel = (site) => {
  if (inputOf(site, 1).axes.at(-1) !== 'unit') return undefined
  const [rows, width] = [at(site.output.shape, 0), at(site.output.shape, 1)]
  const padding = optionalNumberOf(site, 'padding') ?? -1
  return (inputs, output) => {
    const ids = integers(inputs[0])
    const g = floats(inputs[1])
    const out = floats(output)
    out.fill(0)
    for (let r = 0; r < ids.length; r++) {
      const id = ids[r] as number
      if (id < 0 || id >= rows || id === padding) continue
      const to = id * width
      const from = r * width
      for (let c = 0; c < width; c++) out[to + c] = (out[to + c] as number) + (g[from + c] as number)
    }
  }
}

export const oneHot: ArrayKernel = (site) => {
  const { outer, n, inner } = splitAt(site.output, axisOf(site, 'axis'))
  return (inputs, output) => {
    const ids = integers(inputs[0])
    output.fill(0)
    for (let a = 0; a < outer; a++) {
      for (let b = 0; b < inner; b++) {
        const id = ids[a * inner + b] as number
        if (id >= 0 && id < n) output[(a * n + id) * inner + b] = 1
      }
    }
  }
}
