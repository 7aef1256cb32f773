/** A sum of gradients of a table as the rows that some id names: all others are zeros. */
import { product } from '../tfjs/layout.ts'

/** Ids, and for each of them a row that is added to it. */
export interface NamedRows {
  readonly ids: Int32Array
  readonly values: Float32Array
}

/** Of the table that the rows are of. */
export interface Table {
  readonly rows: number
  readonly width: number
  /** An id whose rows count for nothing, as do those outside the table. */
  readonly padding: number | undefined
}

/** Floats in a piece of the table: `squares` of host-update.ts adds up as many together. */
const pieceSize = 4096

/** Rows in the order in which their ids came first. */
export class RowSum {
  readonly table: Table
  private readonly places = new Map<number, number>()
  private data: Float32Array
  private listed: { readonly list: Int32Array; readonly count: number } | undefined

  /** `room`: of a sum that is over, to be used again where it is wide enough. */
  constructor(table: Table, { ids, values }: NamedRows, room?: Float32Array) {
    this.table = table
    const length = new Set(ids).size * table.width
    this.data = room !== undefined && room.length >= length ? room.fill(0) : new Float32Array(length)
    this.addEach(ids, values)
  }

  /** The place of each row of the table among those that were named, -1 for others. */
  placesOfRows(): Int32Array {
    if (this.listed?.count === this.places.size) return this.listed.list
    const list = new Int32Array(this.table.rows).fill(-1)
    for (const [id, place] of this.places) list[id] = place
    this.listed = { list, count: this.places.size }
    return list
  }

  get room(): Float32Array {
    return this.data
  }

  /**
   * The rows of one run are summed first, then added. The result is the same to the bit as with zeros between
   * them.
   */
  add(more: NamedRows): void {
    const other = new RowSum(this.table, more)
    this.reserve(other.places.size)
    this.addEach([...other.places.keys()], other.data)
  }

  get bytes(): number {
    return this.data.byteLength
  }

  /** The gradient of a row; undefined where no id named it. Not a copy. */
  row(id: number): Float32Array | undefined {
    const place = this.places.get(id)
    if (place === undefined) return undefined
    const { width } = this.table
    return this.data.subarray(place * width, (place + 1) * width)
  }

  /** All of the table. */
  whole(): Float32Array {
    const { rows, width } = this.table
    const whole = new Float32Array(rows * width)
    this.addTo(whole)
    return whole
  }

  addTo(whole: Float32Array): void {
    const { width } = this.table
    for (const [id, place] of this.places) {
      const [from, to] = [place * width, id * width]
      for (let i = 0; i < width; i++)
        whole[to + i] = (whole[to + i] as number) + (this.data[from + i] as number)
    }
  }

  /**
   * The sum over the table of `of` for each of its pieces. It is 0 for zeros, and not called for them. The
   * result is the same to the bit as for the complete table.
   */
  overPieces(of: (piece: Float32Array) => number): number {
    const { rows, width } = this.table
    const end = rows * width
    const ids = [...this.places.keys()].sort((a, b) => a - b)
    const piece = new Float32Array(pieceSize)
    let [total, start] = [0, -1]
    const finish = (): void => {
      if (start >= 0) total += of(piece.subarray(0, Math.min(pieceSize, end - start)))
      piece.fill(0)
    }
    for (const id of ids) {
      const row = this.row(id) ?? new Float32Array(0)
      for (let done = 0; done < width; ) {
        const at = id * width + done
        const begin = at - (at % pieceSize)
        if (begin !== start) {
          finish()
          start = begin
        }
        const count = Math.min(width - done, begin + pieceSize - at)
        piece.set(row.subarray(done, done + count), at - begin)
        done += count
      }
    }
    finish()
    return total
  }

  private addEach(ids: Int32Array | readonly number[], values: Float32Array): void {
    const { rows, width, padding } = this.table
    const { data, places } = this
    for (let n = 0; n < ids.length; n++) {
      const id = ids[n] as number
      if (id < 0 || id >= rows || id === padding) continue
      let place = places.get(id)
      if (place === undefined) {
        place = places.size
        places.set(id, place)
      }
      const [to, from] = [place * width, n * width]
      for (let i = 0; i < width; i++) data[to + i] = (data[to + i] as number) + (values[from + i] as number)
    }
  }

  private reserve(more: number): void {
    const needed = (this.places.size + more) * this.table.width
    if (needed <= this.data.length) return
    const data = new Float32Array(needed)
    data.set(this.data)
    this.data = data
  }
}

/** Size of a table from which on the runtime computes its gradient as rows. */
const largeTable = 2 ** 16

export function isLargeTable(shape: readonly number[]): boolean {
  return product(shape) >= largeTable
}
