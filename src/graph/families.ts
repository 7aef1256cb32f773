/**
 * The operands of lines in repeats. A line in a repeat represents a family of values, one for each round (0,
 * 1, ...). A carried family also has a value of round -1, its start. One `Reference` describes an operand
 * over all rounds of a repeat. A repeat whose first or last round does not fit drops that round.
 */
import { type FoldLine, leastGain, listWeight, type Repeat, steady } from './fold.ts'

export interface Family {
  readonly repeat: Repeat
  readonly offset: number
  /** The value in place of the round before the first. */
  carry?: number
}

export type Reference =
  /** One value for all rounds. */
  | { readonly kind: 'same'; readonly value: number }
  /** The value of this round, or of the round before, of the same repeat. */
  | { readonly kind: 'own' | 'before'; readonly family: Family }
  /** Rounds of another repeat, evenly spaced. */
  | { readonly kind: 'family'; readonly family: Family; readonly rounds: readonly number[] }
  | { readonly kind: 'list'; readonly values: readonly number[] }

/** A repeat with all that it reads. */
export interface Body {
  readonly repeat: Repeat
  /** By line of the body. */
  readonly families: readonly Family[]
  /** By line, then by value slot. */
  readonly references: readonly (readonly Reference[])[]
  readonly carried: readonly Family[]
}

interface Place {
  readonly family: Family
  readonly round: number
}
export type Places = ReadonlyMap<number, Place>

/**
 * Settles where each repeat begins and ends, in order, and what it reads. Repeats that turn out to save
 * nothing are left out.
 */
export function settle(
  repeats: readonly Repeat[],
  lines: readonly FoldLine[],
): { bodies: Body[]; places: Places } {
  const places = new Map<number, Place>()
  const bodies: Body[] = []
  for (const repeat of repeats) {
    const { start, period, count } = repeat
    const written = period * count
    let best: { readonly body: Body; readonly cost: number } | undefined
    for (const [first, last] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const variant = { start: start + first * period, period, count: count - first - last }
      if (variant.count < 2) continue
      const body = describe(variant, lines, places)
      const cost = costOf(body, lines) + (first + last) * period
      if (best === undefined || cost < best.cost) best = { body, cost }
    }
    if (best === undefined || written - best.cost < leastGain) continue
    bodies.push(best.body)
    for (const family of best.body.families) {
      for (let round = 0; round < family.repeat.count; round++) {
        places.set(family.repeat.start + round * period + family.offset, { family, round })
      }
    }
  }
  return { bodies, places }
}

/** Lines that the printed repeat takes, lists and carries weighed in. */
function costOf({ repeat, references, carried }: Body, lines: readonly FoldLine[]): number {
  const lists =
    references.flat().filter((reference) => reference.kind === 'list').length + unsteadyIndices(repeat, lines)
  return 2 + repeat.period + carried.length + lists * listWeight(repeat.count)
}

function unsteadyIndices(repeat: Repeat, lines: readonly FoldLine[]): number {
  let unsteady = 0
  for (let offset = 0; offset < repeat.period; offset++) {
    for (const slot of (lines[repeat.start + offset]?.indices ?? []).keys()) {
      if (
        steady(
          column(repeat, offset, (position) => lines[position]?.indices[slot]),
          0,
        ) === undefined
      )
        unsteady++
    }
  }
  return unsteady
}

function describe(repeat: Repeat, lines: readonly FoldLine[], places: Places): Body {
  const families = Array.from({ length: repeat.period }, (_, offset): Family => ({ repeat, offset }))
  const carried: Family[] = []
  const references = families.map((_, offset) =>
    [...(lines[repeat.start + offset]?.values ?? []).keys()].map((slot) => {
      const values = column(repeat, offset, (position) => lines[position]?.values[slot])
      return refer(values, repeat, families, carried, places)
    }),
  )
  return { repeat, families, references, carried }
}

/** What a line of the body holds, round by round. */
function column(repeat: Repeat, offset: number, pick: (position: number) => number | undefined): number[] {
  return Array.from(
    { length: repeat.count },
    (_, round) => pick(repeat.start + round * repeat.period + offset) ?? 0,
  )
}

function refer(
  values: readonly number[],
  repeat: Repeat,
  families: readonly Family[],
  carried: Family[],
  places: Places,
): Reference {
  const { start, period } = repeat
  const [first = 0, second = 0] = values
  const step = steady(values, 0)
  if (step === 0) return { kind: 'same', value: first }
  const within = families[(second - start) % period]
  if (second >= start && within !== undefined) {
    if (step === period && first >= start) return { kind: 'own', family: within }
    const onward = steady(values, 1)
    const steadyOn = values.length === 2 || onward === period
    if (second < start + period && first < start && steadyOn && (within.carry ?? first) === first) {
      if (within.carry === undefined) {
        within.carry = first
        carried.push(within)
      }
      return { kind: 'before', family: within }
    }
  }
  return inFamily(values, places) ?? { kind: 'list', values }
}

function inFamily(values: readonly number[], places: Places): Reference | undefined {
  const family = values.map((value) => places.get(value)?.family).find((found) => found !== undefined)
  if (family === undefined) return undefined
  const rounds: number[] = []
  for (const value of values) {
    const place = places.get(value)
    if (place?.family === family) rounds.push(place.round)
    else if (family.carry === value) rounds.push(-1)
    else return undefined
  }
  return steady(rounds, 0) === undefined ? undefined : { kind: 'family', family, rounds }
}
