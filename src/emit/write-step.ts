/**
 * The text of a function that runs a stage's step or a tap: statements, and calls of blocks, in a loop where
 * there are layers.
 */

import type { Family } from '../graph/families.ts'
import { steady } from '../graph/fold.ts'
import type { Call, RecordArgument, ValueArgument } from './block.ts'
import type { Dialect } from './dialect.ts'
import type { Draft } from './draft.ts'
import { inComment } from './own-words.ts'
import { quoted } from './pieces.ts'
import { layerless, VariableNames } from './variable-names.ts'
import { linear, toolsOf, wide } from './write-block.ts'

export interface StepText {
  /** What it takes of the kernels, with `kernels` itself where it calls functions. */
  readonly lines: readonly string[]
  /** What it has to know of its model, and that of the model it was written for. */
  readonly parameters: readonly StepParameter[]
}

export interface StepOptions {
  readonly models: ReadonlySet<string>
  /** Names that variables may not have. */
  readonly reserved: Iterable<string>
  readonly dialect: Dialect
  /** What is true of it alone (name, layers, sizes) becomes a parameter. */
  readonly anyModel?: { readonly name: string; readonly layers?: number }
}

interface StepParameter {
  readonly name: string
  readonly type: 'string' | 'number'
  readonly value: string
}

export function stepLines(draft: Draft, options: StepOptions): StepText {
  return new StepWriter(draft, options).write()
}

/** How results of a call's rounds are held. */
interface Held {
  /** Of the results of a round: an array in a loop. */
  readonly variable: string | undefined
  /** The layer of round 0, and what is added for the next round. */
  readonly base: number
  readonly direction: number
  readonly carried: ReadonlyMap<number, Carried>
}
interface Carried {
  readonly variable: string
  /** All rounds are kept; else the last one. */
  readonly array: boolean
}

class StepWriter {
  private readonly draft: Draft
  private readonly options: StepOptions
  private readonly names: VariableNames
  private readonly variables = new Map<number, string>()
  private readonly held = new Map<Call, Held>()
  private readonly parameters = new Map<string, StepParameter>()

  constructor(draft: Draft, options: StepOptions) {
    this.draft = draft
    this.options = options
    const inputs = draft.statements.inputs.map(({ variable }) => variable)
    this.names = new VariableNames([...options.reserved, ...inputs])
    const singleReads = this.readsOfRounds()
    const calls = new Map(draft.calls.map((call) => [call.start, call]))
    for (const [position, { variable }] of draft.statements.list.entries()) {
      const call = calls.get(position)
      if (call) this.held.set(call, this.hold(call, singleReads))
      if (variable !== undefined && !draft.places.has(position))
        this.variables.set(position, this.names.free(this.withoutModel(variable)))
    }
  }

  write(): StepText {
    const { list, inputs } = this.draft.statements
    const lines = inputs.map(({ line }) => line)
    const calls = new Map(this.draft.calls.map((call) => [call.start, call]))
    const releases = this.releases()
    let cited: string | undefined
    for (let position = 0; position < list.length; position++) {
      const call = calls.get(position)
      if (call) {
        lines.push(...this.callLines(call))
        position += call.block.period * call.count - 1
      } else {
        const { pieces, comment } = list[position] ?? { pieces: [] }
        const text = quoted(
          pieces
            .map((piece) => {
              if (typeof piece === 'string') return piece
              if ('index' in piece) return String(piece.index)
              if ('number' in piece) return piece.number
              return 'model' in piece ? this.modelInString(piece.model) : this.value(piece.read)
            })
            .join(''),
        )
        const variable = this.variables.get(position)
        const cites = comment !== undefined && comment !== cited ? ` // ${inComment(comment)}` : ''
        cited = comment ?? cited
        lines.push(`${variable === undefined ? '' : `const ${variable} = `}${text}${cites}`)
      }
      const freed = releases.get(position)
      if (freed !== undefined) lines.push(this.options.dialect.release(freed))
    }
    const { dialect } = this.options
    const tools = toolsOf(lines, dialect)
    return {
      lines: tools === '{  }' ? lines : [`const ${tools} = ${dialect.context.name}`, ...lines],
      parameters: [...this.parameters.values()],
    }
  }

  private withoutModel(path: string): string {
    const { anyModel } = this.options
    return anyModel !== undefined && path.startsWith(`${anyModel.name}.`)
      ? path.slice(anyModel.name.length + 1)
      : path
  }

  private modelInString(name: string): string {
    return name === this.options.anyModel?.name
      ? `\${${this.parameter('model', 'string', `'${name}'`)}}`
      : name
  }

  private modelArgument(name: string): string {
    return name === this.options.anyModel?.name ? this.parameter('model', 'string', `'${name}'`) : `'${name}'`
  }

  private numberArgument(name: string, value: string): string {
    return this.options.anyModel === undefined ? value : this.parameter(name, 'number', value)
  }

  /** A parameter of this value, under that name where it is free. */
  private parameter(wanted: string, type: StepParameter['type'], value: string): string {
    const id = `${wanted} ${value}`
    const known = this.parameters.get(id)
    if (known) return known.name
    const name = wanted === 'model' ? wanted : this.names.free(wanted)
    this.parameters.set(id, { name, type, value })
    return name
  }

  // ------------------------------------------------------------ how results are held

  /**
   * Families whose rounds are read one by one as values, and calls of which another round than the last is
   * read.
   */
  private readsOfRounds(): { readonly families: ReadonlySet<Family>; readonly earlier: ReadonlySet<Call> } {
    const families = new Set<Family>()
    const earlier = new Set<Call>()
    const see = (read: number): void => {
      const place = this.draft.places.get(read)
      if (place && place.round < place.call.count - 1) earlier.add(place.call)
    }
    for (const call of this.draft.calls) {
      for (const value of call.arguments.values) {
        if (value.kind === 'family') families.add(value.family)
        else if (value.kind === 'same') see(value.value)
        else if (value.kind === 'list') value.values.forEach(see)
        else if (value.family.carry !== undefined) see(value.family.carry)
      }
    }
    for (const [position, { values }] of this.draft.lines.entries())
      if (!this.draft.places.has(position)) values.forEach(see)
    return { families, earlier }
  }

  private hold(call: Call, reads: ReturnType<StepWriter['readsOfRounds']>): Held {
    const { block, families } = call
    const { base, direction } = this.steps(call)
    const bare = block.results.size === 1
    const carried = new Map<number, Carried>()
    for (const family of families) {
      if (family.carry === undefined) continue
      const isRead = [...reads.families].some(
        (one) => one.repeat === family.repeat && one.offset === family.offset,
      )
      const array = isRead || (bare && reads.earlier.has(call))
      carried.set(family.offset, { variable: this.names.free(this.nameOf(call, family.offset)), array })
    }
    const [result = 0] = block.results
    const shared = bare ? carried.get(result)?.variable : undefined
    const index = call.isLoop ? undefined : call.arguments.indices[0]?.[0]
    const name = bare
      ? this.nameOf(call, result)
      : [this.modelsOf(call), layerTitle(block.name), ...(index === undefined ? [] : [index])]
          .filter((part) => part !== '')
          .join('_')
    const variable = block.results.size === 0 ? undefined : (shared ?? this.names.free(name))
    return { variable, base, direction, carried }
  }

  private modelsOf(call: Call): string {
    return call.arguments.models.filter((model) => model !== this.options.anyModel?.name).join('_')
  }

  private nameOf(call: Call, offset: number): string {
    const { variable = 'value' } = this.draft.statements.list[call.start + offset] ?? {}
    if (!call.isLoop) return this.withoutModel(variable)
    const [first = ''] = variable.split('.', 1)
    const { models } = call.arguments
    const own = this.options.models.has(first) ? first : models.length === 1 ? (models[0] ?? '') : ''
    const prefix = own === this.options.anyModel?.name ? '' : own
    return [prefix, layerless(variable, this.options.models)].filter((part) => part !== '').join('_')
  }

  /** The layer of round 0 and the step to the next. */
  private steps(call: Call): { base: number; direction: number } {
    const [own] = call.arguments.indices
    const step = own === undefined ? undefined : own.length === 1 ? 1 : steady(own, 0)
    if (own && (step === 1 || step === -1)) return { base: own[0] ?? 0, direction: step }
    for (const { call: other, first, step } of call.arguments.records) {
      const from = this.held.get(other)
      if (from && Math.abs(step) === 1)
        return { base: from.base + from.direction * first, direction: from.direction * step }
    }
    return { base: call.families.some(({ carry }) => carry !== undefined) ? 1 : 0, direction: 1 }
  }

  // ------------------------------------------------------------ calls

  private callLines(call: Call): string[] {
    const { block, count } = call
    const { variable, base, direction, carried } = this.heldBy(call)
    const text = `${block.name}(${this.argumentTexts(call).join(', ')})`
    if (!call.isLoop) return [variable === undefined ? text : `const ${variable} = ${text}`]
    const bare = block.results.size === 1
    const lines: string[] = []
    const own = [...carried.values()].find((one) => one.variable === variable)
    if (variable !== undefined && own === undefined)
      lines.push(
        `const ${variable}: ${bare ? this.options.dialect.types.value : `ReturnType<typeof ${block.name}>`}[] = []`,
      )
    for (const [offset, { variable: name, array }] of carried) {
      const carry = call.families[offset]?.carry
      const first = carry === undefined ? '' : this.value(carry)
      if (!array) lines.push(`let ${name} = ${first}`)
      else if (base - direction === 0) lines.push(`const ${name} = [${first}]`)
      else
        lines.push(
          `const ${name}: ${this.options.dialect.types.value}[] = []`,
          `${name}[${base - direction}] = ${first}`,
        )
    }
    const last = base + direction * (count - 1)
    const { anyModel } = this.options
    const end =
      anyModel && last === anyModel.layers && base === 1
        ? this.parameter('layers', 'number', String(last))
        : String(last)
    lines.push(
      direction > 0
        ? `for (let m = ${base}; m <= ${end}; m++) {`
        : `for (let m = ${base}; m >= ${end}; m--) {`,
    )
    const target = own !== undefined && !own.array ? variable : `${variable}[m]`
    lines.push(`  ${variable === undefined ? '' : `${target} = `}${text}`)
    for (const [offset, { variable: name, array }] of carried) {
      if (name !== variable)
        lines.push(`  ${name}${array ? '[m]' : ''} = ${variable}[m].${block.locals[offset]}`)
    }
    return [...lines, '}']
  }

  private heldBy(call: Call): Held {
    const held = this.held.get(call)
    if (held === undefined) throw new Error('a call is read before it is written')
    return held
  }

  private argumentTexts(call: Call): string[] {
    const { models, indices, records, values } = call.arguments
    return [
      this.options.dialect.context.name,
      ...models.map((model) => this.modelArgument(model)),
      ...indices.map((own) => this.indexText(call, own)),
      ...call.block.numberParameters.map(({ name, slot }) =>
        this.numberArgument(name, call.arguments.numbers[slot] ?? ''),
      ),
      ...records.map((record) => this.recordText(call, record)),
      ...values.map((value) => this.valueText(call, value)),
    ]
  }

  /** The expression of round k where that is `first + step * k`. */
  private along(call: Call, first: number, step: number): string {
    const { base, direction } = this.heldBy(call)
    return linear(first - step * direction * base, step * direction)
  }

  private indexText(call: Call, own: readonly number[]): string {
    const step = own.length === 1 ? 1 : steady(own, 0)
    if (!call.isLoop) return String(own[0])
    return step === undefined
      ? `[${own.join(', ')}][${this.along(call, 0, 1)}]`
      : this.along(call, own[0] ?? 0, step)
  }

  private recordText(call: Call, { call: from, first, step }: RecordArgument): string {
    const { variable, base, direction } = this.heldBy(from)
    if (!from.isLoop) return variable ?? ''
    return `${variable}[${this.along(call, base + direction * first, direction * step)}]`
  }

  private valueText(call: Call, value: ValueArgument): string {
    if (value.kind === 'same') return this.value(value.value)
    if (value.kind === 'list')
      return `[${value.values.map((one) => this.value(one)).join(', ')}][${this.along(call, 0, 1)}]`
    const { family } = value
    if (value.kind === 'family') {
      const [first = 0, second = first] = value.rounds
      const from = this.callAt(family)
      return this.member(from, family.offset, this.positionText(from, first, second - first, call))
    }
    const carried = this.heldBy(call).carried.get(family.offset)
    if (carried === undefined) throw new Error('a value is carried over that has no start')
    return carried.array ? `${carried.variable}[${this.positionText(call, -1, 1, call)}]` : carried.variable
  }

  private callAt({ repeat }: Family): Call {
    const call = this.draft.calls.find(({ start }) => start === repeat.start)
    if (call === undefined) throw new Error('a loop is read before it is written')
    return call
  }

  /** The layer of round `first + step * k` of `from`, in round k of `call`. */
  private positionText(from: Call, first: number, step: number, call: Call): string {
    const { base, direction } = this.heldBy(from)
    return this.along(call, base + direction * first, direction * step)
  }

  /** A result of a loop's round at a layer. */
  private member(call: Call, offset: number, index: string): string {
    const { variable, carried } = this.heldBy(call)
    const own = carried.get(offset)
    if (own?.array) return `${own.variable}[${index}]`
    const array = `${variable}[${index}]`
    return call.block.results.size === 1 ? array : `${array}.${call.block.locals[offset]}`
  }

  private value(read: number): string {
    if (read < 0) return this.draft.statements.leaves[-read - 1] ?? ''
    const place = this.draft.places.get(read)
    if (place === undefined) return this.variables.get(read) ?? ''
    const { call, offset, round } = place
    const { variable, base, direction, carried } = this.heldBy(call)
    if (!call.isLoop)
      return call.block.results.size === 1 ? (variable ?? '') : `${variable}.${call.block.locals[offset]}`
    const own = carried.get(offset)
    if (own && !own.array && round === call.count - 1) return own.variable
    return this.member(call, offset, String(base + direction * round))
  }

  // ------------------------------------------------------------ releases

  /**
   * Wide values of single statements, by the position of their last reader; what is narrow waits for
   * the end.
   */
  private releases(): ReadonlyMap<number, readonly string[]> {
    const last = new Map<number, number>()
    for (const [position, { values }] of this.draft.lines.entries()) {
      const call = this.draft.places.get(position)?.call
      const end = call === undefined ? position : call.start + call.block.period * call.count - 1
      for (const value of values) last.set(value, Math.max(end, last.get(value) ?? 0))
    }
    const freed = new Map<number, string[]>()
    for (const [position, { bytes }] of this.draft.statements.list.entries()) {
      const variable = this.variables.get(position)
      const end = last.get(position)
      if (variable === undefined || end === undefined || bytes < wide) continue
      freed.set(end, [...(freed.get(end) ?? []), variable])
    }
    return freed
  }
}

/** `layer` of `layer_in_training` */
function layerTitle(name: string): string {
  return name.replace(/_in_training(_\d+)?$/, '')
}
