/**
 * Names of printed values and their form in operands. A line in a repeat names a family. In its own repeat it
 * is `%8` (this round) or `%8[m - 1]` (the round before, whose first value is the repeat's `carry`).
 * Elsewhere it is `%8[3]` or `%8[3 * m]`.
 */
import type { Body, Family, Places, Reference } from './families.ts'
import { steady } from './fold.ts'

/**
 * A printed line: text with slots, filled by layer indices and by values (positions of lines, negative for
 * leaves).
 */
export interface SlottedLine {
  readonly texts: readonly string[]
  readonly slots: readonly { readonly kind: 'index' | 'value'; readonly value: number }[]
  /** Outputs have no name of their own. */
  readonly named: boolean
}

/** The header `repeat m in first..last carry ...` and its body. */
export interface PrintedRepeat {
  readonly first: number
  readonly last: number
  readonly carries: readonly string[]
  readonly body: readonly string[]
}

/** How a repeat's index runs: first, then on by `direction`. */
interface Range {
  readonly first: number
  readonly direction: 1 | -1
}
interface Named {
  readonly number: number
  readonly range: Range
}

export class References {
  private readonly lines: readonly SlottedLine[]
  private readonly places: Places
  private readonly leafText: (leaf: number) => string
  private readonly singles = new Map<number, number>()
  private readonly names = new Map<Family, Named>()
  private nextNumber = 0

  constructor(lines: readonly SlottedLine[], places: Places, leafText: (leaf: number) => string) {
    this.lines = lines
    this.places = places
    this.leafText = leafText
  }

  /** A line outside repeats. Lines and repeats must be requested in their order. */
  single(position: number): string {
    const line = this.lineAt(position)
    const text = fill(line, (slot) =>
      slot.kind === 'index' ? String(slot.value) : this.absolute(slot.value),
    )
    if (!line.named) return text
    const number = this.nextNumber++
    this.singles.set(position, number)
    return `%${number} = ${text}`
  }

  repeat(body: Body): PrintedRepeat {
    const { repeat, families } = body
    const range = this.chooseRange(body)
    const named = families.filter((family) => this.lineAt(repeat.start + family.offset).named)
    for (const family of named) this.names.set(family, { number: this.nextNumber++, range })
    const texts = families.map((family) => {
      const references = (body.references[family.offset] ?? []).values()
      const text = fill(this.lineAt(repeat.start + family.offset), (slot, i) => {
        if (slot.kind === 'index') return indexText(this.indices(body, family.offset, i), range)
        const { value: reference } = references.next()
        return reference === undefined ? '' : this.referenceText(reference, range)
      })
      const name = this.names.get(family)
      return name === undefined ? text : `%${name.number} = ${text}`
    })
    return {
      first: range.first,
      last: range.first + range.direction * (repeat.count - 1),
      carries: body.carried.map(
        (family) => `%${this.nameOf(family).number} = ${this.absolute(family.carry ?? 0)}`,
      ),
      body: texts,
    }
  }

  private lineAt(position: number): SlottedLine {
    return this.lines[position] ?? { texts: [], slots: [], named: false }
  }

  private nameOf(family: Family): Named {
    const name = this.names.get(family)
    if (name === undefined)
      throw new Error(`line ${family.repeat.start + family.offset} is read before it is printed`)
    return name
  }

  /** The layer indices of a slot, round by round. */
  private indices({ repeat }: Body, offset: number, slot: number): number[] {
    return Array.from({ length: repeat.count }, (_, round) => {
      return this.lineAt(repeat.start + round * repeat.period + offset).slots[slot]?.value ?? 0
    })
  }

  /**
   * The range of the index is that of most layer indices in the body, otherwise that of the families it
   * reads.
   */
  private chooseRange(body: Body): Range {
    const votes = new Map<string, { readonly range: Range; count: number }>()
    const vote = (values: readonly number[], weight: number): void => {
      const step = steady(values, 0)
      if (step !== 1 && step !== -1) return
      const key = `${step} ${values[0]}`
      const entry = votes.get(key) ?? { range: { first: values[0] ?? 0, direction: step }, count: 0 }
      entry.count += weight
      votes.set(key, entry)
    }
    for (const { offset } of body.families) {
      for (const [i, slot] of this.lineAt(body.repeat.start + offset).slots.entries()) {
        if (slot.kind === 'index') vote(this.indices(body, offset, i), 1000)
      }
      for (const reference of body.references[offset] ?? []) {
        if (reference.kind === 'family')
          vote(familyIndices(reference.rounds, this.nameOf(reference.family).range), 1)
      }
    }
    let best: { readonly range: Range; readonly count: number } | undefined
    for (const entry of votes.values()) if (best === undefined || entry.count > best.count) best = entry
    return best?.range ?? { first: 1, direction: 1 }
  }

  private referenceText(reference: Reference, range: Range): string {
    switch (reference.kind) {
      case 'same':
        return this.absolute(reference.value)
      case 'own':
        return `%${this.nameOf(reference.family).number}`
      case 'before':
        return `%${this.nameOf(reference.family).number}[${affineText(1, -range.direction)}]`
      case 'family': {
        const { number, range: other } = this.nameOf(reference.family)
        return `%${number}[${indexText(familyIndices(reference.rounds, other), range)}]`
      }
      case 'list':
        return `[${reference.values.map((value) => this.absolute(value)).join(', ')}][m]`
    }
  }

  private absolute(value: number): string {
    if (value < 0) return this.leafText(value)
    const place = this.places.get(value)
    if (place !== undefined) {
      const { number, range } = this.nameOf(place.family)
      return `%${number}[${familyIndices([place.round], range)}]`
    }
    const number = this.singles.get(value)
    if (number === undefined) throw new Error(`line ${value} is read before it is printed`)
    return `%${number}`
  }
}

function familyIndices(rounds: readonly number[], range: Range): number[] {
  return rounds.map((round) => range.first + range.direction * round)
}

function fill(
  line: SlottedLine,
  write: (slot: SlottedLine['slots'][number], index: number) => string,
): string {
  let text = line.texts[0] ?? ''
  for (const [i, slot] of line.slots.entries()) text += write(slot, i) + (line.texts[i + 1] ?? '')
  return text
}

/** `m`, `3 * m`, `13 - m`, or a list read by the round: `[1, 4, 12][m]`. */
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
