/**
 * Values of frozen models for one example as one row of numbers, its record. Each value is cut to the
 * example's own tokens and rows, or has full length if its padding is read. Records and the tensors of a
 * batch are converted by copying boxes.
 */
import type { Batch, Example } from '../../data/dataset.ts'
import type { Dimension } from '../../graph/graph.ts'
import { concreteSize, isSizeSymbol } from '../../graph/type.ts'
import type { HoistedValue } from '../../optimize/pass.ts'
import type { HostTensor } from '../../run/runner.ts'
import { ArrayRoom, type Numbers } from './array-room.ts'

type Sizes = Parameters<typeof concreteSize>[1]

export class Records {
  private readonly values: readonly HoistedValue[]
  private readonly fullLength: number

  /** `fullLength`: tokens of the longest example that the data may have. */
  constructor(values: readonly HoistedValue[], fullLength: number) {
    this.values = values
    this.fullLength = fullLength
  }

  /** Whether batches must be padded to the full length to make records. */
  get readsPadding(): boolean {
    return this.values.some(({ padded }) => padded)
  }

  /** Numbers in an example's record. */
  size(example: Example): number {
    return this.values.reduce((sum, value) => sum + product(this.boxOf(value, example)), 0)
  }

  /**
   * The records of a batch's examples in sequence, cut from the values of the batch. Their memory is from
   * `room`.
   */
  cut(batch: Batch, sizes: Sizes, outputs: ReadonlyMap<string, HostTensor>, room = new ArrayRoom()): Numbers {
    const wide = this.values.some(({ name }) => outputs.get(name)?.data instanceof Float64Array)
    const count = batch.examples.reduce((sum, example) => sum + this.size(example), 0)
    const all = room.take('', count, wide)
    let at = 0
    const first = new Map(this.values.map((value) => [value, 0]))
    for (const example of batch.examples) {
      for (const value of this.values) {
        const box = this.boxOf(value, example)
        const place = first.get(value) ?? 0
        const { data } = outputs.get(value.name) ?? { data: new Float32Array() }
        const from = { data: numbers(data), shape: shapeOf(value, sizes), start: 0, place }
        copyBox(from, { data: all, shape: box, start: at, place: 0 }, box)
        first.set(value, place + (box[0] ?? 1))
        at += product(box)
      }
    }
    return all
  }

  /**
   * The values of a batch, assembled from its examples' records. Each record is read before the next one is
   * requested. The memory is from `room`.
   */
  assemble(
    batch: Batch,
    sizes: Sizes,
    record: (example: Example) => Numbers,
    room = new ArrayRoom(),
  ): Map<string, HostTensor> {
    const made: { value: HoistedValue; shape: number[]; data: Numbers; place: number }[] = []
    for (const example of batch.examples) {
      const data = record(example)
      if (made.length === 0) {
        for (const value of this.values) {
          const shape = shapeOf(value, sizes)
          // Zeros at padding, for which no example has values.
          const own = room.take(value.name, product(shape), data instanceof Float64Array).fill(0)
          made.push({ value, shape, data: own, place: 0 })
        }
      }
      let start = 0
      for (const to of made) {
        const box = this.boxOf(to.value, example)
        const inside = box.map((n, axis) => Math.min(n, to.shape[axis] ?? n))
        copyBox({ data, shape: box, start, place: 0 }, { ...to, start: 0 }, inside)
        to.place += box[0] ?? 1
        start += product(box)
      }
    }
    return new Map(
      made.map(({ value, shape, data, place }) => {
        if (isOfRows(value)) repeatFirst(data, place, shape)
        return [value.name, { dtype: 'f32', shape, data }]
      }),
    )
  }

  /** The sizes of a value of one example. */
  private boxOf({ dimensions, padded }: HoistedValue, example: Example): number[] {
    const length = padded ? this.fullLength : example.tokens.length
    return dimensions.map(({ axis, size }) => {
      if (axis === 'example') return 1
      if (axis === 'position') return size === 'W' ? count(example.firstPiece) : example.tokens.length
      if (axis === 'token' || axis === "token'") return length
      return isSizeSymbol(size) ? 1 : size
    })
  }
}

function isOfRows({ dimensions }: HoistedValue): boolean {
  return dimensions[0]?.axis === 'position'
}

function shapeOf({ dimensions }: { readonly dimensions: readonly Dimension[] }, sizes: Sizes): number[] {
  return dimensions.map(({ size }) => concreteSize(size, sizes))
}

/** Dead rows repeat the first row of the batch (positions.ts). */
function repeatFirst(data: Numbers, live: number, shape: readonly number[]): void {
  const [rows = 0, ...rest] = shape
  const width = product(rest)
  for (let row = live; live > 0 && row < rows; row++) data.copyWithin(row * width, 0, width)
}

/** A row-major array of a shape within other numbers, and an offset along its first axis. */
interface Block {
  readonly data: Numbers
  readonly shape: readonly number[]
  /** The index at which the array begins. */
  readonly start: number
  readonly place: number
}

/** Copies a box of entries. It begins at the offsets of both blocks. */
function copyBox(from: Block, to: Block, box: readonly number[]): void {
  const [fromStrides, toStrides] = [strides(from.shape), strides(to.shape)]
  // Axes behind this one are complete in both, so they are copied together.
  let axis = box.length - 1
  while (axis > 0 && box[axis] === from.shape[axis] && box[axis] === to.shape[axis]) axis--
  const run = product(box.slice(axis))
  const walk = (depth: number, source: number, target: number): void => {
    if (depth === axis) {
      to.data.set(from.data.subarray(source, source + run), target)
      return
    }
    for (let i = 0; i < (box[depth] ?? 1); i++)
      walk(depth + 1, source + i * (fromStrides[depth] ?? 1), target + i * (toStrides[depth] ?? 1))
  }
  const first = ({ start, place }: Block, own: readonly number[]): number => start + place * (own[0] ?? 1)
  walk(0, first(from, fromStrides), first(to, toStrides))
}

function strides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => product(shape.slice(axis + 1)))
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1)
}

function count(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0)
}

function numbers(data: HostTensor['data']): Numbers {
  return data instanceof Float64Array || data instanceof Float32Array ? data : Float32Array.from(data)
}
