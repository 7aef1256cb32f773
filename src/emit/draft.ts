/**
 * A function before it is written: statements, loops among them (fold.ts, families.ts), and the calls for
 * each round. A single call is a loop of one round.
 */
import { type Body, settle } from '../graph/families.ts'
import { type FoldLine, findRepeats } from '../graph/fold.ts'
import type { Call } from './block.ts'
import { signatureOf } from './pieces.ts'
import type { Statements } from './statements.ts'

export interface Place {
  readonly call: Call
  readonly offset: number
  readonly round: number
}

export class Draft {
  readonly statements: Statements
  readonly lines: readonly FoldLine[]
  readonly bodies: readonly Body[]
  /** Loops and single calls, by start. */
  readonly calls: Call[] = []
  readonly places = new Map<number, Place>()
  /** Equal for statements that may be in the same place of one function. */
  readonly keys: readonly string[]

  constructor(statements: Statements) {
    this.statements = statements
    this.keys = statements.list.map(
      ({ pieces, variable }) => `${variable === undefined} ${signatureOf(pieces, true)}`,
    )
    this.lines = foldLines(statements)
    this.bodies = settle(findRepeats(this.lines), this.lines).bodies
  }

  add(call: Call): void {
    this.calls.push(call)
    this.calls.sort((a, b) => a.start - b.start)
    const { period } = call.block
    for (let round = 0; round < call.count; round++)
      for (let offset = 0; offset < period; offset++)
        this.places.set(call.start + round * period + offset, { call, offset, round })
  }

  /** The text of a read that is a number. */
  numberAt(read: number): string | undefined {
    const leaf = read < 0 ? this.statements.leaves[-read - 1] : undefined
    return leaf !== undefined && !/^[A-Za-z_]/.test(leaf) ? leaf : undefined
  }

  /** How often each value is read outside of the round that makes it: by position of the statement. */
  *readsAcross(): Generator<{ readonly reader: number; readonly value: number; readonly place: Place }> {
    for (const [reader, { values }] of this.lines.entries()) {
      const own = this.places.get(reader)
      for (const value of values) {
        const place = this.places.get(value)
        if (place === undefined || (own?.call === place.call && own.round === place.round)) continue
        yield { reader, value, place }
      }
    }
  }

  /** Offsets in a body whose values are read outside of their round. */
  offsetsReadAcross({ repeat }: Body): ReadonlySet<number> {
    const { start, period, count } = repeat
    const end = start + period * count
    const roundOf = (position: number): number =>
      position >= start && position < end ? Math.floor((position - start) / period) : -1
    const offsets = new Set<number>()
    for (const [reader, { values }] of this.lines.entries())
      for (const value of values)
        if (roundOf(value) >= 0 && roundOf(reader) !== roundOf(value)) offsets.add((value - start) % period)
    return offsets
  }
}

function foldLines({ list }: Statements): FoldLine[] {
  const keys = new Map<string, number>()
  return list.map(({ pieces, variable }) => {
    const signature = `${variable === undefined} ${signatureOf(pieces, false)}`
    const key = keys.get(signature) ?? keys.size
    keys.set(signature, key)
    const indices: number[] = []
    const values: number[] = []
    for (const piece of pieces) {
      if (typeof piece === 'string') continue
      if ('index' in piece) indices.push(piece.index)
      else if ('read' in piece) values.push(piece.read)
    }
    return { key, indices, values }
  })
}
