/**
 * Statements of a function, equal layers as a loop: what fold.ts and families.ts find in printed graphs, written as TypeScript. In a loop over m a value is
 * a constant; where something outside reads it, `NAME_of` holds it by layer. Each value is released after its last reader.
 */
import { type Body, type Family, type Reference, settle } from '../graph/families.ts'
import { type FoldLine, findRepeats, steady } from '../graph/fold.ts'
import { type Piece, quoted, signatureOf } from './pieces.ts'
import { VariableNames } from './variable-names.ts'

export interface Statement {
  /** The expression, or the whole statement where it makes no variable. */
  readonly pieces: readonly Piece[]
  /** What it is called in the spec, or what it does; absent for statements without a value. */
  readonly variable?: string
  /** Whether its value must be released. */
  readonly owned: boolean
  /** Where it comes from. */
  readonly comment?: string
}

/** Lines of the function's body. `leaf` writes what has no statement: negative reads. */
export function writeStatements(
  statements: readonly Statement[],
  leaf: (read: number) => string,
  reserved: Iterable<string>,
): string[] {
  return new Writer(statements, leaf, reserved).write()
}

class Writer {
  private readonly statements: readonly Statement[]
  private readonly leaf: (read: number) => string
  private readonly lines: readonly FoldLine[]
  private readonly bodies: readonly Body[]
  private readonly places: ReturnType<typeof settle>['places']
  private readonly names: VariableNames
  private readonly families = new Map<Family, string>()
  private readonly singles = new Map<number, string>()
  /** Families that something outside their own round reads. */
  private readonly kept = new Set<Family>()
  private readonly after = new Map<number | Body, string[]>()
  private readonly within = new Map<Body, Map<number, string[]>>()

  constructor(statements: readonly Statement[], leaf: (read: number) => string, reserved: Iterable<string>) {
    this.statements = statements
    this.leaf = leaf
    this.lines = foldLines(statements)
    const { bodies, places } = settle(findRepeats(this.lines), this.lines)
    this.bodies = bodies
    this.places = places
    this.names = new VariableNames(reserved)
    for (const [position, { variable }] of statements.entries()) {
      const family = places.get(position)?.family
      if (variable === undefined || (family && this.families.has(family))) continue
      if (family) this.families.set(family, this.names.ofFamily(variable))
      else this.singles.set(position, this.names.ofValue(variable))
    }
  }

  write(): string[] {
    this.planReleases()
    const rounds = this.bodies.map((body) => this.round(body))
    const singles = this.statements.map((_, position) =>
      this.places.has(position) ? '' : this.statement(position, this.pieces(position)),
    )
    const written: string[] = []
    let position = 0
    const upTo = (end: number): void => {
      for (; position < end; position++) {
        written.push(singles[position] ?? '', ...this.releasesAfter(position))
      }
    }
    // From the last: a value before a loop's first layer may make an earlier loop keep its values.
    const starts = new Map([...this.bodies].reverse().map((body) => [body, this.starts(body)] as const))
    for (const [index, body] of this.bodies.entries()) {
      const { start, period, count } = body.repeat
      upTo(start)
      written.push(...(starts.get(body) ?? []), `for (let m = 0; m < ${count}; m++) {`)
      for (const [offset, text] of (rounds[index] ?? []).entries()) {
        const family = body.families[offset]
        written.push(`  ${text}`)
        if (family && this.kept.has(family)) {
          const name = this.families.get(family)
          written.push(`  ${name}_of.push(${name})`)
        }
        for (const release of this.within.get(body)?.get(offset) ?? []) written.push(`  ${release}`)
      }
      written.push('}', ...this.releasesAfter(body))
      position = start + period * count
    }
    upTo(this.statements.length)
    return written
  }

  private releasesAfter(place: number | Body): string[] {
    const values = this.after.get(place)
    return values === undefined ? [] : [`release(${values.join(', ')})`]
  }

  /** Lists of values by layer, before the loop; a carried one begins with the value before the first layer. */
  private starts({ families }: Body): string[] {
    return families.flatMap((family) => {
      if (!this.kept.has(family)) return []
      const first = family.carry === undefined ? '' : this.value(family.carry)
      return [`const ${this.families.get(family)}_of: Value[] = [${first}]`]
    })
  }

  private statement(position: number, text: string): string {
    const { variable, comment } = this.statements[position] ?? {}
    const family = this.places.get(position)?.family
    const name = family ? this.families.get(family) : this.singles.get(position)
    const code = variable === undefined ? text : `const ${name} = ${text}`
    return comment === undefined ? code : `${code} // ${comment}`
  }

  private pieces(position: number): string {
    const pieces = this.statements[position]?.pieces ?? []
    return quoted(
      pieces
        .map((piece) =>
          typeof piece === 'string' ? piece : 'index' in piece ? piece.index : this.value(piece.read),
        )
        .join(''),
    )
  }

  /** The statements of one round. */
  private round(body: Body): string[] {
    const { start, period, count } = body.repeat
    return Array.from({ length: period }, (_, offset) => {
      let [index, read] = [0, 0]
      const text = (this.statements[start + offset]?.pieces ?? []).map((piece) => {
        if (typeof piece === 'string') return piece
        if ('read' in piece) {
          const reference = body.references[offset]?.[read++]
          return reference === undefined ? '' : this.reference(reference)
        }
        const slot = index++
        const values = Array.from(
          { length: count },
          (_, round) => this.lines[start + round * period + offset]?.indices[slot] ?? 0,
        )
        const step = steady(values, 0)
        if (step === 0) return piece.index
        return step === undefined ? `\${[${values.join(', ')}][m]}` : `\${${linear(piece.index, step)}}`
      })
      return this.statement(start + offset, quoted(text.join('')))
    })
  }

  private value(read: number): string {
    if (read < 0) return this.leaf(read)
    const place = this.places.get(read)
    return place === undefined ? (this.singles.get(read) ?? '') : this.member(place.family, place.round, 0)
  }

  private reference(reference: Reference): string {
    switch (reference.kind) {
      case 'same':
        return this.value(reference.value)
      case 'own':
        return this.families.get(reference.family) ?? ''
      case 'before':
        return this.member(reference.family, -1, 1)
      case 'family': {
        const [first = 0, second = first] = reference.rounds
        return this.member(reference.family, first, second - first)
      }
      case 'list':
        return `[${reference.values.map((value) => this.value(value)).join(', ')}][m]`
    }
  }

  /** Round `first + step * m` of a family. */
  private member(family: Family, first: number, step: number): string {
    this.kept.add(family)
    return `${this.families.get(family)}_of[${linear(first + (family.carry === undefined ? 0 : 1), step)}]`
  }

  // -------------------------------------------------------------- releases

  private planReleases(): void {
    const last = new Map<number, number>()
    for (const [position, line] of this.lines.entries())
      for (const read of line.values) last.set(read, position)
    const bodyOf = (position: number): Body | undefined => {
      const repeat = this.places.get(position)?.family.repeat
      return repeat && this.bodies.find((body) => body.repeat === repeat)
    }
    const later = (place: number | Body, text: string): void => {
      this.after.set(place, [...(this.after.get(place) ?? []), text])
    }
    const inLoop = (body: Body, offset: number, text: string): void => {
      const all = this.within.get(body) ?? new Map<number, string[]>()
      this.within.set(body, all.set(offset, [...(all.get(offset) ?? []), text]))
    }
    const seen = new Set<Family>()
    for (const [position, { owned }] of this.statements.entries()) {
      const end = last.get(position)
      if (!owned || end === undefined) continue
      const family = this.places.get(position)?.family
      if (family === undefined) {
        later(bodyOf(end) ?? end, this.value(position))
        continue
      }
      if (seen.has(family)) continue
      seen.add(family)
      const { start, period, count } = family.repeat
      const ends = Array.from(
        { length: count },
        (_, round) => last.get(start + round * period + family.offset) ?? position,
      )
      const readers = ends.map((one) => this.places.get(one))
      const [first] = readers
      const body = bodyOf(ends[0] ?? -1)
      const same = (reader: (typeof readers)[number]): boolean => reader?.family === first?.family
      const rounds = readers.map((reader) => reader?.round ?? 0)
      const step = steady(rounds, 0)
      const start0 = rounds[0] ?? 0
      if (
        body &&
        first &&
        readers.every(same) &&
        body.repeat.count === count &&
        (step === 1 || step === -1)
      ) {
        const own = body.repeat === family.repeat && step === 1 && start0 === 0
        const value = own ? (this.families.get(family) ?? '') : this.member(family, -step * start0, step)
        inLoop(body, first.family.offset, `release(${value})`)
        continue
      }
      const next = rounds.slice(0, -1).every((round, k) => round === k + 1)
      if (body?.repeat === family.repeat && first && next && readers.slice(0, -1).every(same)) {
        inLoop(body, first.family.offset, `if (m > 0) release(${this.member(family, -1, 1)})`)
        const end = ends.at(-1) ?? position
        later(bodyOf(end) ?? end, this.member(family, count - 1, 0))
        continue
      }
      const end1 = Math.max(...ends)
      this.kept.add(family)
      const list = `${this.families.get(family)}_of`
      later(bodyOf(end1) ?? end1, `...${family.carry === undefined ? list : `${list}.slice(1)`}`)
    }
  }
}

function foldLines(statements: readonly Statement[]): FoldLine[] {
  const keys = new Map<string, number>()
  return statements.map(({ pieces, variable, owned }) => {
    const signature = `${variable === undefined} ${owned} ${signatureOf(pieces)}`
    const key = keys.get(signature) ?? keys.size
    keys.set(signature, key)
    return {
      key,
      indices: pieces.flatMap((piece) =>
        typeof piece === 'object' && 'index' in piece ? [piece.index] : [],
      ),
      values: pieces.flatMap((piece) => (typeof piece === 'object' && 'read' in piece ? [piece.read] : [])),
    }
  })
}

/** `m + 1`, `11 - m`, `3 * m` */
function linear(first: number, step: number): string {
  if (step === 0) return String(first)
  if (step === -1) return `${first} - m`
  const product = step === 1 ? 'm' : `${step} * m`
  return first === 0 ? product : `${product} ${first < 0 ? '-' : '+'} ${Math.abs(first)}`
}
