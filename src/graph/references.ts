/**
 * Names of printed values and how they are referred to. A line in a repeat names a family, `%8[m]`: read in its own repeat it is `%8` (this
 * time round) or `%8[m - 1]` (the time before, whose first value the repeat's `carry` gives); read elsewhere it is `%8[3]` or `%8[3 * m]`.
 */
import { type Repeat, steady } from './fold.ts'

/** A printed line: text with slots, filled by layer indices and by values (positions of lines, negative for leaves). */
export interface SlottedLine {
  readonly texts: readonly string[]
  readonly slots: readonly { readonly kind: 'index' | 'value'; readonly value: number }[]
  /** Outputs have no name of their own. */
  readonly named: boolean
}

/** What `repeat m in first..last carry ...` says, and its body. */
export interface PrintedRepeat {
  readonly first: number
  readonly last: number
  readonly carries: readonly string[]
  readonly body: readonly string[]
}

interface Family {
  readonly number: number
  readonly range: Range
  /** The value that stands for the time before the first. */
  carry?: number
}
interface Range {
  readonly first: number
  readonly direction: 1 | -1
}
interface Place {
  readonly number: number
  readonly family?: Family
  /** Index within the family. */
  readonly index: number
  /** Which line of the body, which time round. */
  readonly offset: number
  readonly round: number
}

export class References {
  private readonly lines: readonly SlottedLine[]
  private readonly leafText: (leaf: number) => string
  private readonly places = new Map<number, Place>()
  private nextNumber = 0

  constructor(lines: readonly SlottedLine[], leafText: (leaf: number) => string) {
    this.lines = lines
    this.leafText = leafText
  }

  /** A line outside repeats. Lines and repeats must be asked for in their order. */
  single(position: number): string {
    const line = this.lineAt(position)
    const text = fill(line, (slot) =>
      slot.kind === 'index' ? String(slot.value) : this.absolute(slot.value),
    )
    if (!line.named) return text
    const number = this.nextNumber++
    this.places.set(position, { number, index: 0, offset: 0, round: 0 })
    return `%${number} = ${text}`
  }

  repeat(repeat: Repeat): PrintedRepeat {
    const range = this.chooseRange(repeat)
    const numbers = this.nameBody(repeat, range)
    const carried: Family[] = []
    const body = numbers.map((number, offset) => {
      const text = fill(this.lineAt(repeat.start + offset), (slot, i) => {
        const values = this.column(repeat, offset, i)
        return slot.kind === 'index'
          ? indexText(values, range)
          : this.columnText(values, repeat, range, carried)
      })
      return number === undefined ? text : `%${number} = ${text}`
    })
    return {
      first: range.first,
      last: range.first + range.direction * (repeat.count - 1),
      carries: carried.map((family) => `%${family.number} = ${this.absolute(family.carry ?? 0)}`),
      body,
    }
  }

  private lineAt(position: number): SlottedLine {
    return this.lines[position] ?? { texts: [], slots: [], named: false }
  }

  /** What a slot holds, each time round. */
  private column(repeat: Repeat, offset: number, slot: number): number[] {
    return Array.from({ length: repeat.count }, (_, round) => {
      const line = this.lineAt(repeat.start + round * repeat.period + offset)
      return line.slots[slot]?.value ?? 0
    })
  }

  /** The index runs as most layer indices in the body do; where there are none, as the families that it reads do. */
  private chooseRange(repeat: Repeat): Range {
    const votes = new Map<string, { readonly range: Range; count: number }>()
    const vote = (values: readonly number[] | undefined, weight: number): void => {
      const step = values && steady(values, 0)
      if (values === undefined || (step !== 1 && step !== -1)) return
      const key = `${step} ${values[0]}`
      const entry = votes.get(key) ?? { range: { first: values[0] ?? 0, direction: step }, count: 0 }
      entry.count += weight
      votes.set(key, entry)
    }
    for (let offset = 0; offset < repeat.period; offset++) {
      for (const [i, slot] of this.lineAt(repeat.start + offset).slots.entries()) {
        const values = this.column(repeat, offset, i)
        if (slot.kind === 'index') vote(values, 1000)
        else vote(this.inFamily(values)?.indices, 1)
      }
    }
    let best: { readonly range: Range; readonly count: number } | undefined
    for (const entry of votes.values()) if (best === undefined || entry.count > best.count) best = entry
    return best?.range ?? { first: 1, direction: 1 }
  }

  private nameBody(repeat: Repeat, range: Range): (number | undefined)[] {
    return Array.from({ length: repeat.period }, (_, offset) => {
      if (!this.lineAt(repeat.start + offset).named) return undefined
      const family: Family = { number: this.nextNumber++, range }
      for (let round = 0; round < repeat.count; round++) {
        this.places.set(repeat.start + round * repeat.period + offset, {
          number: family.number,
          family,
          index: range.first + range.direction * round,
          offset,
          round,
        })
      }
      return family.number
    })
  }

  private columnText(values: readonly number[], repeat: Repeat, range: Range, carried: Family[]): string {
    const [start = 0, second = 0] = values
    if (values.every((value) => value === start)) return this.absolute(start)
    const place = this.places.get(second)
    const step = steady(values, 1)
    if (place?.family?.range === range && step !== undefined) {
      if (place.round === 1 && steady(values, 0) === repeat.period) return `%${place.number}`
      if (place.round === 0 && start < repeat.start && (values.length === 2 || step === repeat.period)) {
        const { family } = place
        if (family.carry === undefined) {
          family.carry = start
          carried.push(family)
        }
        if (family.carry === start) return `%${place.number}[${affineText(1, -range.direction)}]`
      }
    }
    const found = this.inFamily(values)
    if (found !== undefined && steady(found.indices, 0) !== undefined) {
      return `%${found.family.number}[${indexText(found.indices, range)}]`
    }
    return `[${values.map((value) => this.absolute(value)).join(', ')}][m]`
  }

  /** The one family that all values are of (a carried one holds its first value too), and their indices in it. */
  private inFamily(
    values: readonly number[],
  ): { readonly family: Family; readonly indices: number[] } | undefined {
    const family = values.map((value) => this.places.get(value)?.family).find((f) => f !== undefined)
    if (family === undefined) return undefined
    const indices: number[] = []
    for (const value of values) {
      const place = this.places.get(value)
      if (place?.family === family) indices.push(place.index)
      else if (family.carry === value) indices.push(family.range.first - family.range.direction)
      else return undefined
    }
    return { family, indices }
  }

  private absolute(value: number): string {
    if (value < 0) return this.leafText(value)
    const place = this.places.get(value)
    if (place === undefined) throw new Error(`line ${value} is read before it is printed`)
    return place.family === undefined ? `%${place.number}` : `%${place.number}[${place.index}]`
  }
}

function fill(
  line: SlottedLine,
  write: (slot: SlottedLine['slots'][number], index: number) => string,
): string {
  let text = line.texts[0] ?? ''
  for (const [i, slot] of line.slots.entries()) text += write(slot, i) + (line.texts[i + 1] ?? '')
  return text
}

/** `m`, `3 * m`, `13 - m`, or a list read by the time round: `[1, 4, 12][m]`. */
function indexText(indices: readonly number[], range: Range): string {
  const step = steady(indices, 0)
  if (step === undefined) return `[${indices.join(', ')}][m]`
  const factor = step * range.direction
  return affineText(factor, (indices[0] ?? 0) - factor * range.first)
}

function affineText(factor: number, offset: number): string {
  if (factor === 0) return String(offset)
  const times = Math.abs(factor) === 1 ? 'm' : `${Math.abs(factor)} * m`
  if (factor < 0) return `${offset} - ${times}`
  if (offset === 0) return times
  return offset < 0 ? `${times} - ${-offset}` : `${times} + ${offset}`
}
