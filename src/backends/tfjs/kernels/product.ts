/**
 * Matrix products in host code, for any order of axes: both operands are packed into panels of four rows or
 * columns, in float64, and multiplied in blocks of 4 x 4 that stay in registers. Used where the backend's own
 * product is slower: everywhere on cpu, for small batched ones on wasm.
 */

import { groupingOf, isLinear } from '../grouping.ts'
import { type ArrayKernel, floats } from '../kernel.ts'
import { offsets } from '../layout.ts'

const width = 4
/**
 * So many products are added up in float64 and then to a float32, as `tf.matMul` does on its plain backend:
 * programs that call that have the same bits.
 */
const summedTogether = 48

/** Offsets of a group's positions in an operand, filled up to complete panels with -1 for no element. */
function panelled(list: Int32Array): Int32Array {
  const padded = new Int32Array(Math.ceil(list.length / width) * width).fill(-1)
  padded.set(list)
  return padded
}

/** Packs: panel p holds, for each k, the elements of its four lines. */
function pack(
  x: Float32Array,
  base: number,
  lines: Int32Array,
  along: Int32Array,
  panels: Float64Array,
): void {
  const depth = along.length
  for (let p = 0; p < lines.length; p += width) {
    for (let q = 0; q < width; q++) {
      const line = lines[p + q] as number
      let o = p * depth + q
      if (line < 0) {
        for (let k = 0; k < depth; k++, o += width) panels[o] = 0
      } else {
        const start = base + line
        for (let k = 0; k < depth; k++, o += width) panels[o] = x[start + (along[k] as number)] as number
      }
    }
  }
}

/** Four rows times four columns, added up over `depth` and then to `block`. */
function multiplyPanels(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  depth: number,
  block: Float32Array,
): void {
  let c00 = 0
  let c01 = 0
  let c02 = 0
  let c03 = 0
  let c10 = 0
  let c11 = 0
  let c12 = 0
  let c13 = 0
  let c20 = 0
  let c21 = 0
  let c22 = 0
  let c23 = 0
  let c30 = 0
  let c31 = 0
  let c32 = 0
  let c33 = 0
  for (const end = i + depth * width; i < end; i += width, j += width) {
    const b0 = b[j] as number
    const b1 = b[j + 1] as number
    const b2 = b[j + 2] as number
    const b3 = b[j + 3] as number
    let v = a[i] as number
    c00 += v * b0
    c01 += v * b1
    c02 += v * b2
    c03 += v * b3
    v = a[i + 1] as number
    c10 += v * b0
    c11 += v * b1
    c12 += v * b2
    c13 += v * b3
    v = a[i + 2] as number
    c20 += v * b0
    c21 += v * b1
    c22 += v * b2
    c23 += v * b3
    v = a[i + 3] as number
    c30 += v * b0
    c31 += v * b1
    c32 += v * b2
    c33 += v * b3
  }
  block[0] = (block[0] as number) + c00
  block[1] = (block[1] as number) + c01
  block[2] = (block[2] as number) + c02
  block[3] = (block[3] as number) + c03
  block[4] = (block[4] as number) + c10
  block[5] = (block[5] as number) + c11
  block[6] = (block[6] as number) + c12
  block[7] = (block[7] as number) + c13
  block[8] = (block[8] as number) + c20
  block[9] = (block[9] as number) + c21
  block[10] = (block[10] as number) + c22
  block[11] = (block[11] as number) + c23
  block[12] = (block[12] as number) + c30
  block[13] = (block[13] as number) + c31
  block[14] = (block[14] as number) + c32
  block[15] = (block[15] as number) + c33
}

/** `contract`, and `linear` with its bias; also the product of ops that extend them. */
export const product: ArrayKernel = (site) => {
  const { batch, rows, columns, summed } = groupingOf(site)
  const biased = isLinear(site)
  const left = {
    batch: offsets(batch.shape, batch.left),
    lines: panelled(offsets(rows.shape, rows.left)),
    along: offsets(summed.shape, summed.left),
  }
  const right = {
    batch: offsets(batch.shape, batch.right),
    lines: panelled(offsets(columns.shape, columns.right)),
    along: offsets(summed.shape, summed.right),
  }
  const result = {
    batch: offsets(batch.shape, batch.result),
    rows: offsets(rows.shape, rows.result),
    columns: offsets(columns.shape, columns.result),
  }
  const depth = summed.size
  const panelsA = new Float64Array(left.lines.length * depth)
  const panelsB = new Float64Array(right.lines.length * depth)
  const block = new Float32Array(width * width)
  const zeros = new Float32Array(biased ? 0 : columns.size)
  return (inputs, output) => {
    const a = floats(inputs[0])
    const b = floats(inputs[1])
    const bias = biased ? floats(inputs[2]) : zeros
    const out = floats(output)
    for (let n = 0; n < result.batch.length; n++) {
      pack(a, left.batch[n] as number, left.lines, left.along, panelsA)
      pack(b, right.batch[n] as number, right.lines, right.along, panelsB)
      const base = result.batch[n] as number
      for (let j = 0; j < columns.size; j += width) {
        const columnEnd = Math.min(width, columns.size - j)
        for (let i = 0; i < rows.size; i += width) {
          block.fill(0)
          for (let k = 0; k < depth; k += summedTogether) {
            const count = Math.min(summedTogether, depth - k)
            multiplyPanels(panelsA, i * depth + k * width, panelsB, j * depth + k * width, count, block)
          }
          const rowEnd = Math.min(width, rows.size - i)
          for (let p = 0; p < rowEnd; p++) {
            const row = base + (result.rows[i + p] as number)
            for (let q = 0; q < columnEnd; q++)
              out[row + (result.columns[j + q] as number)] =
                (block[p * width + q] as number) + (bias[j + q] as number)
          }
        }
      }
    }
  }
}
