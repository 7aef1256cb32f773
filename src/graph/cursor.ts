/**
 * Reads the parts of one line of a printed graph: numbers, words with layer indices, index expressions,
 * attributes. The repeat around the line, given as `Round`, decides what a name or an index means.
 */
import {
  type Attributes,
  type AttributeValue,
  type Dimension,
  GraphError,
  type Size,
  type TensorType,
} from './graph.ts'
import { axisOfSymbol, isSizeSymbol, readDType, tensorType, toAxis } from './type.ts'

/** Where in a repeat a line is read. */
export interface Round {
  readonly variable: string
  readonly index: number
  /** 0 for the first time round: what lists are read by. */
  readonly round: number
}

export class Cursor {
  readonly text: string
  private readonly round: Round | undefined
  private at = 0

  constructor(text: string, round?: Round) {
    this.text = text
    this.round = round
  }

  get done(): boolean {
    this.skipSpace()
    return this.at >= this.text.length
  }

  fail(expected: string): never {
    const found = this.done ? 'the end of the line' : `\`${this.text.slice(this.at, this.at + 20)}\``
    throw new GraphError(`expected ${expected}, found ${found}`)
  }

  /** The text that matches here, after spaces; undefined where it does not. The pattern must be sticky. */
  match(pattern: RegExp): string | undefined {
    this.skipSpace()
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  /** True if `mark` is next; then it is skipped. */
  take(mark: string): boolean {
    this.skipSpace()
    if (!this.text.startsWith(mark, this.at)) return false
    this.at += mark.length
    return true
  }

  expect(mark: string): void {
    if (!this.take(mark)) this.fail(`\`${mark}\``)
  }

  peek(mark: string): boolean {
    this.skipSpace()
    return this.text.startsWith(mark, this.at)
  }

  integer(): number {
    return Number(this.match(/-?\d+/y) ?? this.fail('an integer'))
  }

  /** Undefined if no number is next. */
  number(): number | undefined {
    const found = this.match(/-?(?:infinity\b|\d+(?:\.\d+)?(?:e[+-]?\d+)?)|nan\b/y)
    if (found === undefined) return undefined
    if (found.endsWith('infinity')) return found.startsWith('-') ? -Infinity : Infinity
    return found === 'nan' ? Number.NaN : Number(found)
  }

  /**
   * A quoted or plain name; expressions in brackets become their values. `spaces`: those of outputs, up to
   * ` = `.
   */
  name(spaces = false): string {
    const quoted = this.match(/"(?:[^"\\]|\\.)*"/y)
    if (quoted !== undefined) return String(JSON.parse(quoted))
    let name = this.match(/[A-Za-z_]/y) ?? this.fail('a name')
    for (;;) {
      const next = this.text[this.at] ?? ''
      if (next === '[') name += `[${this.bracketedIndex()}]`
      else if (/[\w.'/-]/.test(next) || (spaces && /[,()]/.test(next))) {
        name += next
        this.at++
      } else if (spaces && next === ' ' && this.text[this.at + 1] !== '=') {
        name += next
        this.at++
      } else return name
    }
  }

  /** `[3 * m - 1]`, the brackets included. */
  bracketedIndex(): number {
    this.expect('[')
    const value = this.index()
    this.expect(']')
    return value
  }

  /** Past the round's entry of `[a, b, c][m]`: the index of the entry to be taken. */
  listEnd(length: number): number {
    this.expect('[')
    if (this.round === undefined) this.fail('a number: a list is read in a repeat only')
    this.expect(this.round.variable)
    this.expect(']')
    if (this.round.round >= length) throw new GraphError(`a list of ${length} is too short for its repeat`)
    return this.round.round
  }

  private index(): number {
    if (this.take('[')) {
      const list = [this.integer()]
      while (this.take(',')) list.push(this.integer())
      this.expect(']')
      return list[this.listEnd(list.length)] ?? 0
    }
    let value = this.product()
    for (;;) {
      if (this.take('+')) value += this.product()
      else if (this.take('-')) value -= this.product()
      else return value
    }
  }

  private product(): number {
    let value = this.factor()
    while (this.take('*')) value *= this.factor()
    return value
  }

  private factor(): number {
    if (this.round !== undefined && this.match(/[A-Za-z]+/y) === this.round.variable) return this.round.index
    return this.integer()
  }

  // ---------------------------------------------------------------- types and attributes

  /** `f32[B, L, unit 768]` */
  type(): TensorType {
    const dtype = readDType(this.match(/\w+/y) ?? this.fail('a type'))
    this.expect('[')
    const dimensions: Dimension[] = []
    while (!this.take(']')) {
      if (dimensions.length > 0) this.expect(',')
      dimensions.push(this.dimension())
    }
    return tensorType(dtype, dimensions)
  }

  private dimension(): Dimension {
    const axis = this.match(/[A-Za-z]+'*/y) ?? this.fail('an axis')
    if (isSizeSymbol(axis)) {
      const size = `${axis}${this.match(/\/\d+/y) ?? ''}`
      return isSizeSymbol(size) ? { axis: axisOfSymbol(size), size } : this.fail('a share of positions')
    }
    return { axis: toAxis(axis), size: this.size() ?? this.fail('a size') }
  }

  private size(): Size | undefined {
    const size = this.match(/(?:\d+|[BL]|[RMW](?:\/\d+)?)\b/y)
    return isSizeSymbol(size) || size === undefined ? size : Number(size)
  }

  /** `{axis: unit, sizes: [1, 2]}`; in a repeat, an attribute `index` is an expression of the round. */
  attributes(): Attributes {
    this.expect('{')
    const entries: [string, AttributeValue][] = []
    while (!this.take('}')) {
      if (entries.length > 0) this.expect(',')
      const key = this.name()
      this.expect(':')
      entries.push([key, key === 'index' && this.round !== undefined ? this.index() : this.value()])
    }
    return Object.fromEntries(entries)
  }

  private value(): AttributeValue {
    const number = this.number()
    if (number !== undefined) return number
    const literal = this.match(/(?:true|false|null)\b/y)
    if (literal !== undefined) return literal === 'null' ? null : literal === 'true'
    if (this.peek('{')) return this.attributes()
    if (!this.take('[')) return this.name()
    const list: AttributeValue[] = []
    while (!this.take(']')) {
      if (list.length > 0) this.expect(',')
      const item = this.value()
      const size = typeof item === 'string' ? this.size() : undefined
      list.push(size === undefined ? item : { axis: item, size })
    }
    return list
  }

  private skipSpace(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++
  }
}
