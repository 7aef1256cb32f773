/**
 * `contract` and `linear` by our vector product, for any order of axes: what does not reduce to one matrix product is a table of smaller ones. Cases that
 * do not fit (no operand that steps along the result's last axis, sums over axes that lie apart) are left to other kernels.
 */
import type { Kernel } from '../../run/device.ts'
import { type Group, type Grouping, groupingOf } from '../tfjs/grouping.ts'
import { at, collapse, offsets } from '../tfjs/layout.ts'
import { tileColumns } from './gemm.ts'
import type { Addressed } from './memory.ts'

/** One dimension of a matrix: its length and the steps of the two values that have it, in bytes. */
interface Dimension {
  readonly size: number
  readonly operand: number
  readonly result: number
}

/** A dimension, and the tables of what surrounds it. */
interface Split {
  readonly inner: Dimension
  readonly outer: {
    readonly shape: readonly number[]
    readonly operand: readonly number[]
    readonly result: readonly number[]
  }
}

const float = 4

function splitGroup(group: Group, operand: readonly number[]): Split {
  const { shape, strides } = collapse({ shape: group.shape, strides: [operand, group.result] })
  const [along = [], result = []] = strides
  const last = shape.length - 1
  return {
    inner: { size: at(shape, last), operand: at(along, last) * float, result: at(result, last) * float },
    outer: { shape: shape.slice(0, last), operand: along.slice(0, last), result: result.slice(0, last) },
  }
}

interface Shape {
  /** Whether the graph's left operand gives the rows. */
  readonly straight: boolean
  readonly rows: Split
  readonly columns: Split
  readonly depth: number
  readonly rowsAlong: number
  readonly columnsAlong: number
  /** Starts of each product in the operand of rows, the operand of columns and the result, in bytes. */
  readonly starts: readonly [Int32Array, Int32Array, Int32Array]
}

function shapeOf(grouping: Grouping): Shape | undefined {
  const { batch, rows, columns, summed } = grouping
  if (summed.size === 0) return undefined
  const depth = collapse({ shape: summed.shape, strides: [summed.left, summed.right] })
  if (depth.shape.length !== 1) return undefined
  const left = splitGroup(rows, rows.left)
  const right = splitGroup(columns, columns.right)
  const straight = right.inner.result === float || right.inner.size === 1
  if (!straight && left.inner.result !== float && left.inner.size !== 1) return undefined
  const [a, b] = straight ? [left, right] : [right, left]
  const nest = [...batch.shape, ...a.outer.shape, ...b.outer.shape]
  const none = (split: Split): number[] => split.outer.shape.map(() => 0)
  const table = (strides: readonly number[]): Int32Array =>
    offsets(nest, strides).map((offset) => offset * float)
  const [batchA, batchB] = straight ? [batch.left, batch.right] : [batch.right, batch.left]
  const along = depth.strides.map((s) => at(s, 0) * float)
  return {
    straight,
    rows: a,
    columns: b,
    depth: at(depth.shape, 0),
    rowsAlong: at(along, straight ? 0 : 1),
    columnsAlong: at(along, straight ? 1 : 0),
    starts: [
      table([...batchA, ...a.outer.operand, ...none(b)]),
      table([...batchB, ...none(a), ...b.outer.operand]),
      table([...batch.result, ...a.outer.result, ...b.outer.result]),
    ],
  }
}

/** The product kernel of a device; `otherwise` has the cases that it leaves. */
export function productOn(addressed: Addressed, otherwise: Kernel): Kernel {
  return (site) => {
    const shape = shapeOf(groupingOf(site))
    const biased = site.op === 'linear'
    if (shape === undefined || (biased && !shape.straight)) return otherwise(site)
    const { rows, columns, depth, rowsAlong, columnsAlong, starts, straight } = shape
    const [startsA, startsB, startsC] = starts
    const { vectors } = addressed
    const width = columns.inner.size
    const tail = width % tileColumns
    // a packed strip, room for the edge, and the bias of the last, incomplete strip
    const room = depth * tileColumns + 2 * tileColumns
    return (inputs, { device }) => {
      const [first, second, bias] = inputs
      if (first === undefined || second === undefined) throw new Error(`${site.op}: an input is missing`)
      const scratch = device.allocate([room], 'float32')
      const packed = addressed.address(scratch)
      const edge = packed + depth * tileColumns * float
      const lastBias = edge + tileColumns * float
      const biasTail = biased && bias !== undefined && tail > 0
      if (biasTail)
        vectors.pack(addressed.address(bias) + (width - tail) * float, 0, float, 1, tail, lastBias)
      const result = device.allocate(site.output.shape, 'float32')
      const [left, right] = [addressed.address(first), addressed.address(second)]
      const a = straight ? left : right
      const b = straight ? right : left
      const c = addressed.address(result)
      const d = biased && bias !== undefined ? addressed.address(bias) : 0
      for (let n = 0; n < startsC.length; n++) {
        const fromA = a + (startsA[n] as number)
        const fromB = b + (startsB[n] as number)
        const toC = c + (startsC[n] as number)
        for (let j = 0; j < width; j += tileColumns) {
          const live = Math.min(tileColumns, width - j)
          const biasAt = d === 0 ? 0 : live < tileColumns ? lastBias : d + j * float
          vectors.pack(
            fromB + j * columns.inner.operand,
            columnsAlong,
            columns.inner.operand,
            depth,
            live,
            packed,
          )
          vectors.strip(
            fromA,
            rows.inner.operand,
            rowsAlong,
            packed,
            depth,
            rows.inner.size,
            live,
            toC + j * float,
            rows.inner.result,
            biasAt,
            edge,
          )
        }
      }
      device.release(scratch)
      return result
    }
  }
}
