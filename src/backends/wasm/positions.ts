/**
 * Gathers dense rows of positions from examples x tokens, and scatters them, in blocks. Places rise, so most
 * rows are in runs of neighbours, and a run is copied at once, or once for each head.
 */
import type { Held, Kernel } from '../../run/device.ts'
import { deviceDType, inputOf, type Site } from '../../run/site.ts'
import { textOf } from '../tfjs/attributes.ts'
import { at } from '../tfjs/layout.ts'
import { type PositionRows, positionRows } from '../tfjs/position-rows.ts'
import type { Addressed } from './memory.ts'

const float = 4

/**
 * `count` rows from `row` on whose places follow one another from `place` on, within one example unless
 * examples follow one another as tokens do.
 */
type Run = (row: number, place: number, count: number) => void

function eachRun(places: Int32Array, L: number, across: boolean, live: Run, dead: Run): number {
  let alive = 0
  for (let row = 0; row < places.length; ) {
    const place = places[row] as number
    if (place < 0) {
      dead(row, -1 - place, 1)
      row++
      continue
    }
    const most = across ? places.length - row : Math.min(places.length - row, L - (place % L))
    let count = 1
    while (count < most && places[row + count] === place + count) count++
    live(row, place, count)
    alive += count
    row += count
  }
  return alive
}

interface Places {
  readonly list: Int32Array
  readonly L: number
}

/** The copy of a run, and the sum of dead rows into the rows that they repeat. */
function movers(
  layout: PositionRows,
  { vectors }: Addressed,
  L: number,
  denseStart: number,
  wholeStart: number,
) {
  const { length, stretches, dense, whole, position, example, token } = layout
  const inDense = (row: number): number => denseStart + row * position * float
  const inWhole = (place: number): number =>
    wholeStart + (Math.floor(place / L) * example + (place % L) * token) * float
  const together = stretches === 1 && position === length && token === length
  const copy = (gathers: boolean): Run => {
    return (row, place, count) => {
      const [d, w] = [inDense(row), inWhole(place)]
      if (together) return vectors.copy_rows(gathers ? w : d, 0, gathers ? d : w, 0, length * count, 1)
      for (let s = 0; s < stretches; s++) {
        const [a, b] = [d + s * dense * float, w + s * whole * float]
        if (gathers) vectors.copy_rows(b, token * float, a, position * float, length, count)
        else vectors.copy_rows(a, position * float, b, token * float, length, count)
      }
    }
  }
  const add: Run = (row, place) => {
    for (let s = 0; s < stretches; s++) {
      const [a, b] = [inDense(row) + s * dense * float, inWhole(place) + s * whole * float]
      vectors.add(a, float, b, float, b, length, 1, 0, 0)
    }
  }
  return { copy, add, across: together && example === L * token }
}

function placesOf({ sizes }: Site, held: Held | undefined, { address, integers }: Addressed): Places {
  if (held === undefined) throw new Error('positions: no places')
  const start = address(held) / float
  return { list: integers().subarray(start, start + at(held.shape, 0)), L: sizes.L }
}

const nothing: Run = () => undefined

export function gatherPositionsOn(addressed: Addressed): Kernel {
  return (site) => {
    const layout = positionRows(site.output, inputOf(site, 0))
    if (layout === undefined) return undefined
    const copies = textOf(site, 'dead') === 'copy'
    const rowSize = layout.length * layout.stretches
    return ([x, places], { device }) => {
      if (x === undefined) throw new Error('gather_positions: an input is missing')
      const result = device.allocate(site.output.shape, deviceDType(site.output.dtype))
      const { list, L } = placesOf(site, places, addressed)
      const to = addressed.address(result)
      const { copy, across } = movers(layout, addressed, L, to, addressed.address(x))
      const words = addressed.integers()
      const clear: Run = (row) => {
        const start = to / float + row * rowSize
        words.fill(0, start, start + rowSize)
      }
      eachRun(list, L, across, copy(true), copies ? copy(true) : clear)
      return result
    }
  }
}

export function scatterPositionsOn(addressed: Addressed): Kernel {
  return (site) => {
    const layout = positionRows(inputOf(site, 0), site.output)
    if (layout === undefined) return undefined
    const adds = textOf(site, 'dead') === 'add'
    return ([x, places], { device }) => {
      if (x === undefined) throw new Error('scatter_positions: an input is missing')
      const { size, shape } = site.output
      const result = device.allocate(shape, 'float32')
      const { list, L } = placesOf(site, places, addressed)
      const to = addressed.address(result)
      const { copy, add, across } = movers(layout, addressed, L, addressed.address(x), to)
      // Places are distinct. If there are as many as positions, no zeros are between them.
      const live = list.findLastIndex((place) => place >= 0) + 1
      if (live < site.sizes.B * L) addressed.floats().fill(0, to / float, to / float + size)
      eachRun(list, L, across, copy(false), adds ? add : nothing)
      return result
    }
  }
}
