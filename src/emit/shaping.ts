/** Describes a loop as a function and what it is called with. */
import type { Body, Reference } from '../graph/families.ts'
import { steady } from '../graph/fold.ts'
import type { Block, CallArguments, RecordArgument, ShapePiece, ValueArgument } from './block.ts'
import type { Draft } from './draft.ts'

export class Shaping {
  private readonly draft: Draft
  private readonly body: Body
  private readonly models: string[] = []
  private readonly numbers: string[] = []
  private readonly indices: (readonly number[])[] = []
  private readonly records: RecordArgument[] = []
  private readonly values: ValueArgument[] = []
  private readonly keys = { records: [] as string[], values: [] as string[] }
  private made: Block['shape'] | undefined

  constructor(draft: Draft, body: Body) {
    this.draft = draft
    this.body = body
    const primary = primaryIndex(draft, body)
    if (primary) this.indices.push(primary)
  }

  arguments(): CallArguments {
    const { models, numbers, indices, records, values } = this
    return { models, numbers, indices, records, values }
  }

  shape(): Block['shape'] {
    const { start, period } = this.body.repeat
    this.made ??= Array.from({ length: period }, (_, offset) => {
      let [index, read] = [0, 0]
      const { pieces } = this.draft.statements.list[start + offset] ?? { pieces: [] }
      return pieces.map((piece): ShapePiece => {
        if (typeof piece === 'string') return piece
        if ('model' in piece) return { model: numbered(this.models, piece.model) }
        if ('number' in piece) {
          const { number, name } = piece
          return { number: this.numbers.push(number) - 1, name }
        }
        if ('index' in piece)
          return this.index(indexColumn(this.draft, this.body, offset, index++), piece.inCode === true)
        const reference = this.body.references[offset]?.[read++]
        return reference === undefined ? '' : this.reference(reference)
      })
    })
    return this.made
  }

  private index(values: readonly number[], inCode: boolean): ShapePiece {
    const [first = 0] = values
    if (steady(values, 0) === 0) return String(first)
    for (const [i, known] of this.indices.entries()) {
      const plus = first - (known[0] ?? 0)
      if (known.every((value, k) => value + plus === values[k])) return { index: i, plus, inCode }
    }
    this.indices.push(values)
    return { index: this.indices.length - 1, plus: 0, inCode }
  }

  private reference(reference: Reference): ShapePiece {
    if (reference.kind === 'own') return { local: reference.family.offset }
    if (reference.kind === 'family') {
      const { family, rounds } = reference
      const { start, offset } = { start: family.repeat.start, offset: family.offset }
      const call = this.draft.calls.find((one) => one.start === start)
      const body = this.draft.bodies.find(({ repeat }) => repeat === family.repeat)
      if (call && body && Math.min(...rounds) >= 0 && this.draft.offsetsReadAcross(body).size > 1) {
        const [first = 0, second = first] = rounds
        const key = `${start} ${first} ${second - first}`
        const record = numbered(this.keys.records, key)
        this.records[record] ??= { call, first, step: second - first }
        return { record, offset }
      }
    }
    const number = reference.kind === 'same' ? this.draft.numberAt(reference.value) : undefined
    if (number !== undefined) return { number: this.numbers.push(number) - 1, name: 'scalar' }
    const value = numbered(this.keys.values, keyOf(reference))
    this.values[value] ??= reference
    return { value }
  }
}

function keyOf(reference: ValueArgument): string {
  if (reference.kind === 'same') return `same ${reference.value}`
  if (reference.kind === 'list') return `list ${reference.values}`
  const { repeat, offset } = reference.family
  return `${reference.kind} ${repeat.start} ${offset} ${reference.kind === 'family' ? reference.rounds : ''}`
}

function numbered<T>(list: T[], value: T): number {
  const found = list.indexOf(value)
  return found >= 0 ? found : list.push(value) - 1
}

function indexColumn({ lines }: Draft, { repeat }: Body, offset: number, slot: number): number[] {
  const { start, period, count } = repeat
  return Array.from(
    { length: count },
    (_, round) => lines[start + round * period + offset]?.indices[slot] ?? 0,
  )
}

/** The layer: what most indices of a loop are. */
function primaryIndex(draft: Draft, body: Body): readonly number[] | undefined {
  const { start, period } = body.repeat
  const counts = new Map<string, { readonly values: readonly number[]; count: number }>()
  for (let offset = 0; offset < period; offset++) {
    for (const slot of (draft.lines[start + offset]?.indices ?? []).keys()) {
      const values = indexColumn(draft, body, offset, slot)
      if (Math.abs(steady(values, 0) ?? 0) !== 1) continue
      const entry = counts.get(values.join()) ?? { values, count: 0 }
      entry.count++
      counts.set(values.join(), entry)
    }
  }
  let best: { readonly values: readonly number[]; readonly count: number } | undefined
  for (const entry of counts.values()) if (!best || entry.count > best.count) best = entry
  return best?.values
}
