/**
 * `contract` and `linear` by the vector product, for any order of axes. A product that is not one matrix
 * product is a table of smaller ones. Other cases (no operand with stride 1 along the result's last axis,
 * sums over axes that are not contiguous) use other kernels.
 */
import type { Device, Held, Kernel } from '../../run/device.ts'
import { activationAfter } from '../tfjs/activated.ts'
import { type Group, type Grouping, groupingOf, isLinear } from '../tfjs/grouping.ts'
import { at, collapse, offsets } from '../tfjs/layout.ts'
import { type EpilogueName, isEpilogue } from './activations.ts'
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
/** Multiplications from which on helper threads pay for the copies. */
const largeProduct = 4e6

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
  readonly rows: Dimension
  readonly columns: Dimension
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
    rows: a.inner,
    columns: b.inner,
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

/** What is done with the result while it is in the cache: an activation, or its gradient. */
interface Epilogue {
  readonly name: EpilogueName
  /** For a gradient, the address of the values before the activation; otherwise 0. */
  readonly x: number
}

/** Addresses of the operands of one node; `bias` is 0 if there is none. */
interface Places {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly bias: number
  readonly epilogue: Epilogue | undefined
}

/** The product kernel of a device; `otherwise` has the cases that it leaves. */
export function productOn(addressed: Addressed, otherwise: Kernel): Kernel {
  const { address } = addressed
  return (site) => {
    const shape = shapeOf(groupingOf(site))
    const biased = isLinear(site)
    const after = activationAfter(site)
    if (shape === undefined || (biased && !shape.straight)) return otherwise(site)
    if (after !== undefined && !isEpilogue(after)) return otherwise(site)
    const large =
      shape.starts[2].length === 1 &&
      shape.rows.result === shape.columns.size * float &&
      shape.rows.size * shape.columns.size * shape.depth >= largeProduct
    const run = large ? wholeProduct : smallProducts
    return (inputs, { device }) => {
      const [first, second, bias] = inputs
      if (first === undefined || second === undefined) throw new Error(`${site.op}: an input is missing`)
      const result = device.allocate(site.output.shape, 'float32')
      const [a, b] = shape.straight ? [first, second] : [second, first]
      const filled = biased && bias !== undefined ? wholeStrips(addressed, device, bias, shape) : undefined
      const x = after?.endsWith('_gradient') === true ? inputs[2] : undefined
      run(addressed, device, shape, {
        a: address(a),
        b: address(b),
        c: address(result),
        bias: filled === undefined ? 0 : address(filled),
        epilogue: after === undefined ? undefined : { name: after, x: x === undefined ? 0 : address(x) },
      })
      if (filled !== undefined) device.release(filled)
      return result
    }
  }
}

/** The bias, filled up with zeros to complete strips. */
function wholeStrips({ vectors, address }: Addressed, device: Device, bias: Held, { columns }: Shape): Held {
  const width = columns.size
  const tail = width % tileColumns
  if (tail === 0) return device.alias(bias, bias.shape)
  const filled = device.allocate([width - tail + tileColumns], 'float32')
  const [from, to] = [address(bias), address(filled)]
  vectors.copy_rows(from, 0, to, 0, width - tail, 1)
  const end = (width - tail) * float
  vectors.pack(from + end, 0, float, 1, tail, to + end)
  return filled
}

/** The epilogue on `n` elements of the result from element `first` on. */
function finish({ vectors }: Addressed, { c, epilogue }: Places, first: number, n: number): void {
  if (epilogue === undefined) return
  const from = c + first * float
  if (epilogue.x === 0) vectors[epilogue.name](from, from, n)
  else vectors[epilogue.name](epilogue.x + first * float, from, from, n)
}

/** Strip after strip, each packed when it is its turn. */
function smallProducts(addressed: Addressed, device: Device, shape: Shape, places: Places): void {
  const { vectors, address } = addressed
  const { rows, columns, depth, rowsAlong, columnsAlong, starts } = shape
  const scratch = device.allocate([(depth + 1) * tileColumns], 'float32')
  const packed = address(scratch)
  const edge = packed + depth * tileColumns * float
  const [startsA, startsB, startsC] = starts
  for (let n = 0; n < startsC.length; n++) {
    const a = places.a + (startsA[n] as number)
    const b = places.b + (startsB[n] as number)
    const c = places.c + (startsC[n] as number)
    for (let j = 0; j < columns.size; j += tileColumns) {
      const live = Math.min(tileColumns, columns.size - j)
      const bias = places.bias === 0 ? 0 : places.bias + j * float
      const to = c + j * float
      vectors.pack(b + j * columns.operand, columnsAlong, columns.operand, depth, live, packed)
      vectors.strip(a, rows.operand, rowsAlong, packed, depth, rows.size, live, to, rows.result, bias, edge)
    }
  }
  finish(addressed, places, 0, starts[2].length * rows.size * columns.size)
  device.release(scratch)
}

/**
 * One large product: all strips are packed first, then rows are computed in blocks, with helper threads if
 * there are any.
 */
function wholeProduct(addressed: Addressed, device: Device, shape: Shape, places: Places): void {
  const { a, b, c, bias, epilogue } = places
  const { vectors, address, helpers, floats } = addressed
  const { rows, columns, depth, rowsAlong, columnsAlong } = shape
  const strips = Math.ceil(columns.size / tileColumns)
  const scratch = device.allocate([(strips * depth + 1) * tileColumns], 'float32')
  const packed = address(scratch)
  const edge = packed + strips * depth * tileColumns * float
  const width = (j: number): number => Math.min(tileColumns, columns.size - j)
  for (let j = 0; j < columns.size; j += tileColumns)
    vectors.pack(
      b + j * columns.operand,
      columnsAlong,
      columns.operand,
      depth,
      width(j),
      packed + j * depth * float,
    )
  const block = (first: number, last: number): void => {
    const from = a + first * rows.operand
    const to = c + first * rows.result
    for (let j = 0; j < columns.size; j += tileColumns) {
      const strip = packed + j * depth * float
      const start = bias === 0 ? 0 : bias + j * float
      const place = to + j * float
      vectors.strip(
        from,
        rows.operand,
        rowsAlong,
        strip,
        depth,
        last - first,
        width(j),
        place,
        rows.result,
        start,
        edge,
      )
    }
    finish(addressed, places, first * columns.size, (last - first) * columns.size)
  }
  const product = {
    a,
    rowStride: rows.operand,
    alongStride: rowsAlong,
    packed,
    depth,
    rows: rows.size,
    columns: columns.size,
    c,
    bias,
    epilogue: epilogue?.name,
    x: epilogue?.x ?? 0,
  }
  if (helpers()?.run(product, floats, block) !== true) block(0, rows.size)
  device.release(scratch)
}
