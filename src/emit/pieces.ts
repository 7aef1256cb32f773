/** Pieces of a statement's text: code, layer indices within strings, values that are read. */

import { inOneLine, printable } from '../diagnostics/terminal-text.ts'
import type { AttributeValue } from '../graph/graph.ts'
import { literal } from './own-words.ts'

export type Piece =
  | string
  /** A layer's index in a string; or the index of a share, in code. */
  | { readonly index: number; readonly inCode?: true }
  /** The name of a model, where a string begins with it. */
  | { readonly model: string }
  /** A number, and what it is given for. */
  | { readonly number: string; readonly name: string }
  | { readonly read: number }

/** Stands for a quote until it is known whether the string has a `${}`. */
const quote = '\ue000'

/**
 * Equal for statements that may be folded; `anyModel`: for those that may be in one function, for another
 * model of other sizes.
 */
export function signatureOf(pieces: readonly Piece[], anyModel: boolean): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece
      if ('model' in piece) return anyModel ? '\ue003' : piece.model
      if ('number' in piece) return anyModel ? '\ue004' : piece.number
      return 'index' in piece ? '\ue001' : '\ue002'
    })
    .join('')
}

/**
 * A string literal; each `[12]` and `.12.` in it is a layer index, and a name of `models` in front of a dot
 * is a model's.
 */
export function stringPieces(text: string, models: ReadonlySet<string> = new Set()): Piece[] {
  const [first = ''] = text.split('.', 1)
  const named = models.has(first) && text.length > first.length
  const rest = named ? text.slice(first.length) : text
  const inner = rest.split(/(?<=\[)(\d+)(?=\])|(?<=\.)(\d+)(?=\.)/).filter((piece) => piece !== undefined)
  const escaped = inner.map((piece): Piece => {
    return /^\d+$/.test(piece)
      ? { index: Number(piece) }
      : inOneLine(piece.replace(/[\\`]/g, '\\$&').replace(/\$\{/g, '\\${')).replaceAll(quote, '\\ue000')
  })
  return [quote, ...(named ? [{ model: first }] : []), ...escaped, quote]
}

/** Text of pieces without reads. */
export function flat(pieces: readonly Piece[]): string {
  return quoted(
    pieces
      .map((piece) => {
        if (typeof piece === 'string') return piece
        if ('model' in piece) return piece.model
        if ('number' in piece) return piece.number
        return 'index' in piece ? piece.index : ''
      })
      .join(''),
  )
}

export function quoted(text: string): string {
  return text.replace(/\ue000([^\ue000]*)\ue000/g, (_, inner: string) => {
    if (/[^\\]\$\{|^\$\{/.test(inner)) return `\`${inner}\``
    return inner.includes("'") ? `"${inner.replace(/"/g, '\\"')}"` : `'${inner}'`
  })
}

export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

const key = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? name : name.includes("'") ? printable(JSON.stringify(name)) : literal(name)

/** A literal of data: maps and sets as such. What is undefined is left out. */
export function literalPieces(value: unknown, models?: ReadonlySet<string>, name = 'number'): Piece[] {
  const inner = (one: unknown, own = name): Piece[] => literalPieces(one, models, own)
  if (typeof value === 'string') return stringPieces(value, models)
  if (typeof value === 'number')
    return [name === 'index' ? { index: value, inCode: true } : { number: numberText(value), name }]
  if (value instanceof Code) return [value.text]
  if (value instanceof Map) return ['new Map([', ...list([...value], (one) => inner(one)), '])']
  if (value instanceof Set) return ['new Set([', ...list([...value], (one) => inner(one)), '])']
  if (Array.isArray(value)) return ['[', ...list(value, (one) => inner(one)), ']']
  if (typeof value !== 'object' || value === null) return [String(value)]
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  if (entries.length === 0) return ['{}']
  return ['{ ', ...list(entries, ([own, one]) => [`${key(own)}: `, ...inner(one, own)]), ' }']
}

/** An expression in place of a literal. */
export class Code {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

function list<T>(values: readonly T[], write: (value: T) => Piece[]): Piece[] {
  return values.flatMap((value, i) => [...(i === 0 ? [] : [', ']), ...write(value)])
}

/** `{ example: 'B', unit: 768 }` */
export function axesPieces(
  dimensions: readonly { readonly axis: string; readonly size: AttributeValue }[],
): Piece[] {
  return literalPieces(Object.fromEntries(dimensions.map(({ axis, size }) => [axis, size])))
}

const width = 120

/** Literal data on several lines where it is long. */
export function literalText(value: unknown, indent = '  '): string {
  const text = flat(literalPieces(value))
  if (text.length + indent.length <= width || value instanceof Code) return text
  if (typeof value !== 'object' || value === null) return text
  const deeper = `${indent}  `
  const lines = (open: string, items: readonly string[], close: string): string =>
    `${open}\n${filled(items, width - deeper.length)
      .map((item) => `${deeper}${item},\n`)
      .join('')}${indent}${close}`
  const items = (values: readonly unknown[]): string[] => values.map((one) => literalText(one, deeper))
  if (value instanceof Map) return lines('new Map([', items([...value]), '])')
  if (value instanceof Set) return lines('new Set([', items([...value]), '])')
  if (Array.isArray(value)) return lines('[', items(value), ']')
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return lines(
    '{',
    entries.map(([name, one]) => `${key(name)}: ${literalText(one, deeper)}`),
    '}',
  )
}

/** Words separated by commas, in as few lines as possible. */
export function filled(words: readonly string[], limit: number): string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length + 3 <= limit)
      lines[lines.length - 1] = `${last}, ${word}`
    else lines.push(word)
  }
  return lines
}
