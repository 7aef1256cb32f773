/**
 * Functions of a program: what is equal in loops and elsewhere, whatever model or layer it is of. Each loop found in a stage becomes calls of one; statements
 * of the same shape that stand alone (a student of one layer) become a call too.
 */
import type { Body, Family, Reference } from '../graph/families.ts'
import { steady } from '../graph/fold.ts'
import type { Call, CallArguments, Draft, RecordArgument, ValueArgument } from './draft.ts'
import type { Piece } from './pieces.ts'
import { layerless, VariableNames } from './variable-names.ts'

export type ShapePiece =
  | string
  /** The value of another statement of the block. */
  | { readonly local: number }
  /** Parameters of the function, by number. */
  | { readonly value: number }
  | { readonly record: number; readonly offset: number }
  | { readonly model: number }
  /** One of its numbers, and what it is called where it is given. */
  | { readonly number: number; readonly name: string }
  | { readonly index: number; readonly plus: number }

export interface Block {
  readonly period: number
  readonly shape: readonly (readonly ShapePiece[])[]
  readonly keys: readonly string[]
  /** Names of its variables, by statement; absent for statements without a value. */
  readonly locals: readonly (string | undefined)[]
  readonly comments: readonly (string | undefined)[]
  readonly parameters: {
    readonly models: number
    readonly indices: number
    readonly records: readonly Block[]
    readonly values: readonly { readonly name: string; readonly type: 'Value' | 'Operand' }[]
  }
  /** What its calls give for each number: its text where they agree, else a parameter. */
  readonly numbers: string[]
  readonly numberParameters: { readonly name: string; readonly slot: number }[]
  readonly calls: Call[]
  /** Values that are those of another statement in the round before, where it is called in a loop. */
  readonly carries: ReadonlyMap<number, number>
  readonly names: VariableNames
  /** Statements whose values its callers read. */
  readonly results: Set<number>
  name: string
}

/** What names in a block may not be. */
export const blockNames = [
  'op',
  'input',
  'parameter',
  'vector',
  'output',
  'gradient',
  'release',
  'kernels',
  'weight',
  'Value',
]

/** Statements that stand alone are left where they are if they are fewer. */
const leastSingle = 4

export const modelName = (i: number): string => (i === 0 ? 'model' : `model_${i + 1}`)
export const indexName = (i: number): string => 'mnijkl'[i] ?? `index_${i}`
export const recordName = (i: number): string => (i === 0 ? 'saved' : `saved_${i + 1}`)

export class Blocks {
  readonly all: Block[] = []
  private readonly models: ReadonlySet<string>
  private readonly byKey = new Map<string, Block>()

  constructor(models: ReadonlySet<string>) {
    this.models = models
  }

  /** Makes the loops of a draft calls. */
  addLoops(draft: Draft): void {
    for (const body of draft.bodies) {
      const shaping = new Shaping(draft, body)
      const shape = shaping.shape()
      const key = JSON.stringify(shape)
      const records = shaping.arguments().records.map(({ call }) => this.all.indexOf(call.block))
      const id = `${key} ${records}`
      let block = this.byKey.get(id)
      if (block === undefined) {
        block = this.blockOf(draft, body, shape, shaping)
        this.byKey.set(id, block)
        this.all.push(block)
      }
      this.addCall(draft, {
        block,
        start: body.repeat.start,
        count: body.repeat.count,
        isLoop: true,
        families: body.families,
        arguments: shaping.arguments(),
      })
    }
  }

  /** Makes calls of statements that stand alone and have the shape of a known block; loops of one round, if they are to be like those of deeper models. */
  addSingles(draft: Draft, asLoops: boolean): void {
    const blocks = this.all.filter(({ period }) => period >= leastSingle).sort((a, b) => b.period - a.period)
    for (let start = 0; start < draft.keys.length; start++) {
      if (draft.places.has(start)) continue
      for (const block of blocks) {
        const found = matched(draft, start, block)
        if (found === undefined) continue
        const { period } = block
        const repeat = { start, period, count: 1 }
        const families: Family[] = block.shape.map((_, offset) => ({ repeat, offset }))
        const isLoop = asLoops && block.carries.size > 0
        if (isLoop) carryOver(block, families, found.values)
        this.addCall(draft, { block, start, count: 1, isLoop, families, arguments: found })
        start += period - 1
        break
      }
    }
  }

  /** To be called when all calls are known. */
  settleResults(drafts: readonly Draft[], names: VariableNames): void {
    for (const draft of drafts)
      for (const { place } of draft.readsAcross()) place.call.block.results.add(place.offset)
    for (const block of this.all) settleNumbers(block)
    for (const block of this.all) block.name = names.free(titleOf(block))
  }

  private addCall(draft: Draft, call: Call): void {
    call.block.calls.push(call)
    draft.add(call)
  }

  private blockOf(draft: Draft, { repeat }: Body, shape: Block['shape'], shaping: Shaping): Block {
    const { start, period } = repeat
    const { models, indices, records } = shaping.arguments()
    const names = new VariableNames([
      ...blockNames,
      ...models.map((_, i) => modelName(i)),
      ...indices.map((_, i) => indexName(i)),
      ...records.map((_, i) => recordName(i)),
    ])
    const own = draft.statements.list.slice(start, start + period)
    const locals = own.map(({ variable }) =>
      variable === undefined ? undefined : names.free(layerless(variable, this.models)),
    )
    return {
      period,
      shape,
      keys: draft.keys.slice(start, start + period),
      locals,
      comments: own.map(({ comment }) => comment),
      parameters: {
        models: models.length,
        indices: indices.length,
        records: records.map(({ call }) => call.block),
        values: shaping.arguments().values.map((value) => ({
          name: names.free(this.parameterName(draft, value)),
          type: mayBeNumber(draft, value) ? 'Operand' : 'Value',
        })),
      },
      numbers: [],
      numberParameters: [],
      calls: [],
      carries: new Map(
        shaping
          .arguments()
          .values.flatMap((value, i) => (value.kind === 'before' ? [[i, value.family.offset] as const] : [])),
      ),
      names,
      results: new Set(),
      name: '',
    }
  }

  private parameterName(draft: Draft, value: ValueArgument): string {
    const named = (position: number): string =>
      position < 0
        ? (draft.statements.leaves[-position - 1] ?? 'value')
        : layerless(draft.statements.list[position]?.variable ?? 'value', this.models)
    if (value.kind === 'same') return named(value.value)
    if (value.kind === 'list') return 'item'
    const name = named(value.family.repeat.start + value.family.offset)
    return value.kind === 'before' ? `${name} before` : name
  }
}

/** Numbers in which calls differ become parameters, one for those that always go together. */
function settleNumbers({ shape, calls, names, numbers, numberParameters }: Block): void {
  const [first] = calls
  const slots = shape
    .flat()
    .flatMap((piece) => (typeof piece === 'object' && 'number' in piece ? [piece] : []))
  const known = new Map<string, string>()
  for (const { number, name } of slots) {
    const given = calls.map((call) => call.arguments.numbers[number])
    if (given.every((one) => one === given[0])) {
      numbers[number] = first?.arguments.numbers[number] ?? ''
      continue
    }
    const parameter = known.get(given.join()) ?? names.free(name)
    if (!known.has(given.join())) numberParameters.push({ name: parameter, slot: number })
    known.set(given.join(), parameter)
    numbers[number] = parameter
  }
}

/** `layer_backward`: of the indexed part that its strings name, else of what it makes. */
function titleOf({ shape, locals, results }: Block): string {
  const text = shape
    .flat()
    .filter((piece) => typeof piece === 'string')
    .join('')
  const part = /(\w+)\[$/m.exec(
    shape
      .flatMap((pieces) =>
        pieces.filter(
          (piece, i) =>
            typeof piece === 'string' &&
            typeof pieces[i + 1] === 'object' &&
            'index' in Object(pieces[i + 1]),
        ),
      )
      .join('\n'),
  )?.[1]
  const [result = locals.findIndex((local) => local !== undefined)] = results
  const made = locals[result] ?? 'part'
  if (part === undefined) return made
  if (text.includes('gradient(')) return `${part} backward`
  return text.includes('op.dropout_mask(') ? `${part} in training` : part
}

/** Describes one loop as a function and what it is called with. */
class Shaping {
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
        if ('index' in piece) return this.index(indexColumn(this.draft, this.body, offset, index++))
        const reference = this.body.references[offset]?.[read++]
        return reference === undefined ? '' : this.reference(reference)
      })
    })
    return this.made
  }

  private index(values: readonly number[]): ShapePiece {
    const [first = 0] = values
    if (steady(values, 0) === 0) return String(first)
    for (const [i, known] of this.indices.entries()) {
      const plus = first - (known[0] ?? 0)
      if (known.every((value, k) => value + plus === values[k])) return { index: i, plus }
    }
    this.indices.push(values)
    return { index: this.indices.length - 1, plus: 0 }
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

/** Whether a scalar may be given for it. */
function mayBeNumber(draft: Draft, value: ValueArgument): boolean {
  if (value.kind === 'list') return value.values.some((one) => draft.numberAt(one) !== undefined)
  return (
    value.kind !== 'same' &&
    value.family.carry !== undefined &&
    draft.numberAt(value.family.carry) !== undefined
  )
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

/** Arguments with which a block is what stands at `start`; undefined where it is something else. */
function matched(draft: Draft, start: number, block: Block): Found | undefined {
  const { period, keys } = block
  for (let offset = 0; offset < period; offset++)
    if (draft.keys[start + offset] !== keys[offset] || draft.places.has(start + offset)) return undefined
  const found = {
    models: [] as string[],
    numbers: [] as string[],
    indices: [] as number[][],
    records: [] as RecordArgument[],
    values: [] as ValueArgument[],
  }
  for (const [offset, shape] of block.shape.entries()) {
    const pieces = draft.statements.list[start + offset]?.pieces ?? []
    for (const [i, wanted] of shape.entries())
      if (!fits(draft, start, block, pieces[i] ?? '', wanted, found)) return undefined
  }
  return found
}

/** What stands in for the round before becomes the start of a loop. */
function carryOver({ carries }: Block, families: readonly Family[], values: ValueArgument[]): void {
  for (const [i, offset] of carries) {
    const family = families[offset]
    const given = values[i]
    if (family === undefined || given?.kind !== 'same') continue
    family.carry = given.value
    values[i] = { kind: 'before', family }
  }
}

interface Found {
  readonly models: string[]
  readonly numbers: string[]
  readonly indices: number[][]
  readonly records: RecordArgument[]
  readonly values: ValueArgument[]
}

function fits(
  draft: Draft,
  start: number,
  block: Block,
  piece: Piece,
  wanted: ShapePiece,
  found: Found,
): boolean {
  if (typeof piece === 'string') return piece === wanted
  if ('model' in piece) {
    if (typeof wanted === 'string' || !('model' in wanted)) return false
    found.models[wanted.model] ??= piece.model
    return found.models[wanted.model] === piece.model
  }
  if ('number' in piece) {
    if (typeof wanted === 'string' || !('number' in wanted)) return false
    found.numbers[wanted.number] = piece.number
    return true
  }
  if ('index' in piece) {
    if (typeof wanted === 'string') return wanted === String(piece.index)
    if (!('index' in wanted)) return false
    found.indices[wanted.index] ??= [piece.index - wanted.plus]
    return found.indices[wanted.index]?.[0] === piece.index - wanted.plus
  }
  const { read } = piece
  if (typeof wanted === 'string') return false
  if ('number' in wanted) {
    const number = draft.numberAt(read)
    if (number !== undefined) found.numbers[wanted.number] = number
    return number !== undefined
  }
  if ('local' in wanted) return read === start + wanted.local
  if (read >= start && read < start + block.period) return false
  if ('value' in wanted) {
    if (draft.numberAt(read) !== undefined && block.parameters.values[wanted.value]?.type === 'Value')
      return false
    found.values[wanted.value] ??= { kind: 'same', value: read }
    const known = found.values[wanted.value]
    return known?.kind === 'same' && known.value === read
  }
  if (!('record' in wanted)) return false
  const place = draft.places.get(read)
  if (place === undefined || place.offset !== wanted.offset) return false
  if (place.call.block !== block.parameters.records[wanted.record]) return false
  found.records[wanted.record] ??= { call: place.call, first: place.round, step: 0 }
  const known = found.records[wanted.record]
  return known?.call === place.call && known.first === place.round
}
