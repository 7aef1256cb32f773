/**
 * Finds the functions of a program. Each loop in a stage becomes calls of one. Single statements of the same
 * shape (a student of one layer) become a call, too.
 */
import type { Body, Family } from '../graph/families.ts'
import {
  type Block,
  blockNames,
  type Call,
  indexName,
  modelName,
  recordName,
  type ValueArgument,
} from './block.ts'
import type { Draft } from './draft.ts'
import { carryOver, matched } from './matching.ts'
import { Shaping } from './shaping.ts'
import { layerless, VariableNames } from './variable-names.ts'

/** Fewer single statements than this stay as they are. */
const leastSingle = 4

export class Blocks {
  readonly all: Block[] = []
  private readonly models: ReadonlySet<string>
  /** Names that no variable of a function may have. */
  private readonly reserved: readonly string[]
  private readonly byKey = new Map<string, Block>()

  constructor(models: ReadonlySet<string>, reserved: readonly string[]) {
    this.models = models
    this.reserved = reserved
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

  /**
   * Turns single statements with the shape of a known block into calls. On request they are loops of one
   * round, like those of deeper models.
   */
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
    const { block, start } = call
    block.calls.push(call)
    for (let offset = 0; offset < block.period; offset++)
      block.bytes[offset] = Math.max(
        block.bytes[offset] ?? 0,
        draft.statements.list[start + offset]?.bytes ?? 0,
      )
    draft.add(call)
  }

  private blockOf(draft: Draft, { repeat }: Body, shape: Block['shape'], shaping: Shaping): Block {
    const { start, period } = repeat
    const { models, indices, records } = shaping.arguments()
    const names = new VariableNames([
      ...blockNames,
      ...this.reserved,
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
      bytes: [],
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

/**
 * `layer_backward`, `share` (of positions): of the indexed part that its strings name, else of what it makes.
 */
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
  if (text.includes('op.chunk(')) return 'share'
  if (part === undefined) return made
  if (text.includes('gradient(')) return `${part} backward`
  return /op\.dropout_(?:mask|keep)\(/.test(text) ? `${part} in training` : part
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
