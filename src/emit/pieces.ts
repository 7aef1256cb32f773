/** Pieces of a statement's text: code, layer indices within strings, values that are read. */
import type { AttributeValue } from '../graph/graph.ts'

export type Piece = string | { readonly index: number } | { readonly read: number }

/** Stands for a quote until it is known whether the string has a `${}`. */
const quote = '\ue000'

/** Equal for statements that may be folded. */
export function signatureOf(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => (typeof piece === 'string' ? piece : 'index' in piece ? '\ue001' : '\ue002'))
    .join('')
}

/** A string literal; each `[12]` and `.12.` in it is a layer index. */
export function stringPieces(text: string): Piece[] {
  const inner = text.split(/(?<=\[)(\d+)(?=\])|(?<=\.)(\d+)(?=\.)/).filter((piece) => piece !== undefined)
  const escaped = inner.map((piece): Piece => {
    return /^\d+$/.test(piece)
      ? { index: Number(piece) }
      : piece.replace(/[\\`]/g, '\\$&').replace(/\$\{/g, '\\${')
  })
  return [quote, ...escaped, quote]
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

const key = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name))

/** A literal of data: maps and sets as such. What is undefined is left out. */
export function literalPieces(value: unknown): Piece[] {
  if (typeof value === 'string') return stringPieces(value)
  if (typeof value === 'number') return [numberText(value)]
  if (value instanceof Map) return ['new Map([', ...list([...value], literalPieces), '])']
  if (value instanceof Set) return ['new Set([', ...list([...value], literalPieces), '])']
  if (Array.isArray(value)) return ['[', ...list(value, literalPieces), ']']
  if (typeof value !== 'object' || value === null) return [String(value)]
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  if (entries.length === 0) return ['{}']
  return ['{ ', ...list(entries, ([name, one]) => [`${key(name)}: `, ...literalPieces(one)]), ' }']
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

/** Literal data on several lines where it is long. */
export function literalText(value: unknown, indent = '  '): string {
  const flat = quoted(
    literalPieces(value)
      .map((piece) => (typeof piece === 'string' ? piece : 'index' in piece ? piece.index : ''))
      .join(''),
  )
  if (flat.length + indent.length <= 100 || typeof value !== 'object' || value === null) return flat
  const deeper = `${indent}  `
  const lines = (open: string, items: readonly string[], close: string): string =>
    `${open}\n${items.map((item) => `${deeper}${item},\n`).join('')}${indent}${close}`
  if (value instanceof Map)
    return lines(
      'new Map([',
      [...value].map((one) => literalText(one, deeper)),
      '])',
    )
  if (value instanceof Set)
    return lines(
      'new Set([',
      [...value].map((one) => literalText(one, deeper)),
      '])',
    )
  if (Array.isArray(value))
    return lines(
      '[',
      value.map((one) => literalText(one, deeper)),
      ']',
    )
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return lines(
    '{',
    entries.map(([name, one]) => `${key(name)}: ${literalText(one, deeper)}`),
    '}',
  )
}
