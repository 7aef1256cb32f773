/**
 * The text of the parts of a printed graph: words, numbers, attributes. A `LineText` is text with slots.
 * Lines that differ only in layer indices (`[3]` in a name) and in operands have equal text, so they can be
 * folded.
 */
import { type Attributes, type AttributeValue, axisOrder, type Node } from './graph.ts'
import { constantValue, leafName } from './leaf.ts'
import { isSize, printType } from './type.ts'

/**
 * A layer index within a name, an attribute `index`, or a value: a node that is written as `%7`, `%tokens` or
 * a number.
 */
export type Slot =
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'value'; readonly node: Node }

export class LineText {
  /** One more than slots: `texts[0] slots[0] texts[1] ...` */
  readonly texts: string[] = ['']
  readonly slots: Slot[] = []

  write(text: string): void {
    this.texts.push((this.texts.pop() ?? '') + text)
  }

  slot(slot: Slot): void {
    this.slots.push(slot)
    this.texts.push('')
  }

  /** A name with each `[12]` made a slot, or quoted where it is not of the form `pattern`. */
  name(name: string, pattern: RegExp): void {
    if (!pattern.test(name)) {
      this.write(JSON.stringify(name))
      return
    }
    for (const piece of name.split(/(?<=\[)(\d+)(?=\])/)) {
      if (/^\d+$/.test(piece)) this.slot({ kind: 'index', index: Number(piece) })
      else this.write(piece)
    }
  }

  /** Equal for lines that may be folded. */
  get signature(): string {
    return `${this.texts.join('\u0000')}\u0000${this.slots.map((slot) => slot.kind).join()}`
  }
}

/** What is written without quotes: `S.layer[3].ffn.up.weight`. */
export const word =
  /^(?!(?:true|false|null|nan|infinity)\b)[A-Za-z_](?:[\w.'-]|\/(?=\w)|\[(?:0|[1-9]\d{0,8})\])*$/
/** Names of outputs may have spaces and arguments: `gradient S.layer[3].ffn.up.weight`, `loss hidn(S, G)`. */
const phrase = /^(?!repeat )[A-Za-z_](?:[\w.',()-]|\/(?=\w)|\[(?:0|[1-9]\d{0,8})\]| (?=\S))*$/

function printNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'infinity' : '-infinity'
  return Object.is(value, -0) ? '-0' : String(value)
}

/** A name by itself, quoted if necessary. */
export function printWord(name: string): string {
  return word.test(name) ? name : JSON.stringify(name)
}

/** `op a, b {key: value} : type`, without the `%7 = ` before it. */
export function nodeLine(node: Node): LineText {
  const line = new LineText()
  line.write(node.op)
  for (const [i, input] of node.inputs.entries()) {
    line.write(i === 0 ? ' ' : ', ')
    const sibling = siblingName(node.inputs[i - 1], input)
    if (sibling === undefined) writeOperand(line, input)
    else line.write(sibling)
  }
  if (Object.keys(node.attributes).length > 0) {
    line.write(' ')
    writeAttributes(line, node.attributes)
  }
  line.write(` : ${printType(node.type)}`)
  return line
}

/**
 * `.bias` for a parameter that follows another with the same name up to there:
 * `$S.layer[1].ffn.up.weight, .bias`.
 */
function siblingName(before: Node | undefined, node: Node): string | undefined {
  if (before?.op !== 'parameter' || node.op !== 'parameter') return undefined
  const [first = '', second = ''] = [leafName(before), leafName(node)]
  const end = second.search(/\.[A-Za-z_]\w*$/)
  const same = end > 0 && word.test(first) && word.test(second) && parentName(first) === second.slice(0, end)
  return same ? second.slice(end) : undefined
}

/** `S.layer[1].ffn.up` of `S.layer[1].ffn.up.weight`. */
export function parentName(name: string): string {
  return name.replace(/\.[A-Za-z_]\w*$/, '')
}

/** `loss hidn = %90` */
export function outputLine(name: string, node: Node): LineText {
  const line = new LineText()
  line.name(name, phrase)
  line.write(' = ')
  writeOperand(line, node)
  return line
}

function writeOperand(line: LineText, node: Node): void {
  if (node.op === 'parameter') {
    line.write('$')
    line.name(leafName(node) ?? '', word)
  } else {
    line.slot({ kind: 'value', node })
  }
}

/** Inputs and constants are written where they are used; undefined for other nodes, which have lines. */
export function inlineText(node: Node): string | undefined {
  const value = constantValue(node)
  if (value !== undefined) return printNumber(value)
  return node.op === 'input' ? `%${printWord(leafName(node) ?? '')}` : undefined
}

function writeAttributes(line: LineText, attributes: Attributes): void {
  line.write('{')
  for (const [i, key] of Object.keys(attributes).sort().entries()) {
    if (i > 0) line.write(', ')
    line.write(`${printWord(key)}: `)
    const value = attributes[key] ?? null
    // which of many equal things it is: chunks are folded as layers are
    if (key === 'index' && typeof value === 'number' && isCount(value))
      line.slot({ kind: 'index', index: value })
    else writeValue(line, value)
  }
  line.write('}')
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && !Object.is(value, -0)
}

function writeValue(line: LineText, value: AttributeValue): void {
  if (typeof value === 'string') line.name(value, word)
  else if (typeof value === 'number') line.write(printNumber(value))
  else if (typeof value === 'boolean' || value === null) line.write(String(value))
  else if (isList(value)) writeList(line, value)
  else writeAttributes(line, value)
}

function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value)
}

/** `[token, unit]`; dimensions as `[example B, unit 768]`. */
function writeList(line: LineText, list: readonly AttributeValue[]): void {
  line.write('[')
  const dimensions = list.every(isDimension)
  for (const [i, item] of list.entries()) {
    if (i > 0) line.write(', ')
    if (dimensions && isDimension(item)) line.write(`${item.axis} ${item.size}`)
    else writeValue(line, item)
  }
  line.write(']')
}

function isDimension(
  value: AttributeValue,
): value is { readonly axis: string; readonly size: string | number } {
  if (typeof value !== 'object' || value === null || isList(value)) return false
  const { axis, size, ...rest } = value
  return isSize(size) && axisOrder.some((known) => known === axis) && Object.keys(rest).length === 0
}
