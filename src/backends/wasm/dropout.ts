/**
 * Dropout masks in vectors. Tables have the counters of all blocks of eight elements, and four are computed
 * at a time. If the length of rows is no multiple of eight, the mask is first drawn into complete blocks, and
 * then its rows are moved together.
 */

import type { Axis } from '../../graph/graph.ts'
import { philoxKey } from '../../graph/philox.ts'
import { placeAt } from '../../graph/positions.ts'
import type { Held, Kernel, RunContext } from '../../run/device.ts'
import type { Site } from '../../run/site.ts'
import { numberOf, textOf } from '../tfjs/attributes.ts'
import { at, offsets } from '../tfjs/layout.ts'
import type { Addressed } from './memory.ts'

const block = 8
/** The place of the head in a counter's word of blocks. */
const headBit = 2 ** 24

/**
 * The parts of the counters that do not change: the batch row of each block, and its two last words. See
 * `dropoutMask` in src/graph/philox.ts.
 */
interface Counters {
  readonly examples: Int32Array
  readonly tokens: Int32Array
  readonly blocks: Int32Array
  /** Elements of a row, and blocks that it takes. */
  readonly length: number
  readonly perRow: number
}

/** Tables are large and the same for all sites of one shape. The latest few are cached. */
const keptTables = 8

class CounterTables {
  private readonly kept = new Map<string, Counters | undefined>()

  of({ output: { axes, shape } }: Site): Counters | undefined {
    const key = `${axes.join()} ${shape.join()}`
    const counters = this.kept.get(key) ?? countersOf(axes, shape)
    this.kept.delete(key)
    this.kept.set(key, counters)
    const [oldest] = this.kept.keys()
    if (this.kept.size > keptTables && oldest !== undefined) this.kept.delete(oldest)
    return counters
  }
}

/** Undefined for axes that the tables do not have. */
function countersOf(axes: readonly Axis[], shape: readonly number[]): Counters | undefined {
  const last = axes.at(-1)
  if (last === undefined || last === 'example') return undefined
  const leading = axes.slice(0, -1)
  const weights: { readonly [axis: string]: readonly [example: number, token: number, block: number] } = {
    example: [1, 0, 0],
    head: [0, 0, headBit],
    token: [0, 1, 0],
    "token'": [0, 2 ** 16, 0],
  }
  if (leading.some((axis) => weights[axis] === undefined)) return undefined
  const length = at(shape, shape.length - 1)
  const perRow = Math.ceil(length / block)
  const nest = [...shape.slice(0, -1), perRow]
  const table = (part: 0 | 1 | 2): Int32Array => {
    const list = offsets(nest, [...leading.map((axis) => weights[axis]?.[part] ?? 0), part === 2 ? 1 : 0])
    // whole vectors of four counters: the last ones are drawn for nothing
    const padded = new Int32Array(Math.ceil(list.length / 4) * 4)
    padded.set(list)
    return padded
  }
  return { examples: table(0), tokens: table(1), blocks: table(2), length, perRow }
}

export type MaskOp = 'dropout_mask' | 'dropout_keep'

/** Masks of factors, or of bytes of kept elements. */
export function dropoutMaskOn(addressed: Addressed, op: MaskOp): Kernel {
  const [whole, rows] = [maskOn(addressed, op), rowMaskOn(addressed, op)]
  return (site) => {
    // what drops all but nothing has no threshold in 16 bits
    if (thresholdOf(numberOf(site, 'rate')) >= 65536) return undefined
    return site.inputs.length > 1 ? rows(site) : whole(site)
  }
}

function thresholdOf(rate: number): number {
  return Math.round(rate * 65536)
}

/** Elements of a mask in memory. */
function elementsOf({ floats, bytes }: Addressed, op: MaskOp) {
  return op === 'dropout_keep'
    ? ({ dtype: 'bool', size: 1, memory: bytes } as const)
    : ({ dtype: 'float32', size: 4, memory: floats } as const)
}

function maskOn(addressed: Addressed, op: MaskOp): Kernel {
  const { address, integers } = addressed
  const draw = drawerOf(addressed, op)
  const tables = new CounterTables()
  return (site) => {
    if (tables.of(site) === undefined) return undefined
    return ([samples], { device, random }) => {
      const counters = tables.of(site)
      if (samples === undefined || counters === undefined) throw new Error('dropout_mask: no ids of samples')
      const { examples, tokens, blocks, length, perRow } = counters
      const n = examples.length
      return draw(site, { n, length, perRow }, { device, random }, (table) => {
        const memory = integers()
        const ids = address(samples) / 4
        for (let i = 0; i < n; i++) memory[table + i] = memory[ids + (examples[i] as number)] as number
        memory.set(tokens, table + n)
        memory.set(blocks, table + 2 * n)
      })
    }
  }
}

/**
 * Masks over [position, unit] or [position, head, unit]: which sample and token a row is of is known when it
 * runs.
 */
function rowMaskOn(addressed: Addressed, op: MaskOp): Kernel {
  const { address, integers } = addressed
  const draw = drawerOf(addressed, op)
  return (site) => {
    const { axes, shape } = site.output
    const last = axes.at(-1)
    const heads = axes[1] === 'head' && axes.length === 3 ? at(shape, 1) : 1
    if (axes[0] !== 'position' || (axes.length !== 2 && heads === 1) || last === 'token' || last === "token'")
      return undefined
    const length = at(shape, shape.length - 1)
    const perRow = Math.ceil(length / block)
    const rows = at(shape, 0)
    // whole vectors of four counters: the last ones are drawn for nothing
    const n = Math.ceil((rows * heads * perRow) / 4) * 4
    const { L } = site.sizes
    return ([samples, places], { device, random }) => {
      if (samples === undefined || places === undefined) throw new Error('dropout_mask: no samples or places')
      return draw(site, { n, length, perRow }, { device, random }, (table) => {
        const memory = integers()
        const [ids, list] = [address(samples) / 4, address(places) / 4]
        let [first, second, third] = [table, table + n, table + 2 * n]
        for (let row = 0; row < rows; row++) {
          const place = memory[list + row] as number
          const live = placeAt(place)
          const example = Math.floor(live / L)
          const sample = memory[ids + example] as number
          const token = live - example * L
          for (let head = 0; head < heads; head++)
            for (let b = head * headBit, end = b + perRow; b < end; b++) {
              memory[first++] = sample
              memory[second++] = token
              memory[third++] = b
            }
        }
      })
    }
  }
}

/** The layout of a mask in blocks: counters, elements of a row, and number of blocks. */
interface Blocks {
  readonly n: number
  readonly length: number
  readonly perRow: number
}

/**
 * `fill` writes the counters from a place among the integers on: n samples, n tokens, n blocks. Gives the
 * mask, held for the caller.
 */
type Draw = (
  site: Site,
  blocks: Blocks,
  context: Pick<RunContext, 'device' | 'random'>,
  fill: (table: number) => void,
) => Held

function drawerOf(addressed: Addressed, op: MaskOp): Draw {
  const { vectors, address } = addressed
  const elements = elementsOf(addressed, op)
  return (site, { n, length, perRow }, { device, random }, fill) => {
    const { shape, size } = site.output
    const rate = numberOf(site, 'rate')
    const whole = length % block === 0 && n * block === size
    const [key0, key1] = philoxKey(random.seed, random.stage, textOf(site, 'site'))
    const table = device.allocate([3 * n], 'int32')
    const result = device.allocate(shape, elements.dtype)
    const drawn = whole ? device.alias(result, shape) : device.allocate([n * block], elements.dtype)
    const start = address(table)
    fill(start / 4)
    const [tokens, blocks, out] = [start + 4 * n, start + 8 * n, address(drawn)]
    const keep = 1 / (1 - rate)
    vectors[op](random.step, start, tokens, blocks, key0, key1, thresholdOf(rate), keep, out, n)
    if (!whole)
      closeUp(
        elements.memory(),
        out / elements.size,
        perRow * block,
        address(result) / elements.size,
        length,
        size,
      )
    for (const held of [table, drawn]) device.release(held)
    return result
  }
}

/** Rows of `length` out of rows of `width`. */
function closeUp(
  memory: Float32Array | Uint8Array,
  from: number,
  width: number,
  to: number,
  length: number,
  size: number,
): void {
  for (let row = from, o = to, end = to + size; o < end; row += width)
    for (let i = 0; i < length; i++, o++) memory[o] = memory[row + i] as number
}
