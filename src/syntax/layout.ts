/**
 * A small pretty printer (Wadler, "A prettier printer", 2003): a document says where lines may break, and a group that does not fit breaks
 * at all of its own places, outermost first.
 */
import type { AlignedToken, Comment } from './ast.ts'

export type Doc =
  | string
  | readonly Doc[]
  | { readonly kind: 'group' | 'indent'; readonly doc: Doc }
  /** Like words of prose, a comma and a blank between them: as many in a line as fit. */
  | { readonly kind: 'fill'; readonly docs: readonly Doc[] }
  /** A place to break; `flat` stands there otherwise. */
  | { readonly kind: 'line'; readonly flat: string }
  /** Always breaks; `blank`: with an empty line. */
  | { readonly kind: 'hard'; readonly blank: boolean }
  /** A comment behind the text of its line; takes no room. */
  | { readonly kind: 'comment'; readonly comment: Comment }
  /** The line that begins here is the first of an item whose tokens stood in columns with those of its neighbours. */
  | { readonly kind: 'aligned'; readonly columns: readonly AlignedToken[] }

export interface Line {
  readonly indent: number
  text: string
  comment?: Comment
  columns?: readonly AlignedToken[]
}

export const group = (...doc: readonly Doc[]): Doc => ({ kind: 'group', doc })
export const indent = (...doc: readonly Doc[]): Doc => ({ kind: 'indent', doc })
export const space: Doc = { kind: 'line', flat: ' ' }
export const nothing: Doc = { kind: 'line', flat: '' }
export const hard: Doc = { kind: 'hard', blank: false }
export const blank: Doc = { kind: 'hard', blank: true }

export function join(docs: readonly Doc[], separator: Doc): Doc {
  return docs.flatMap((doc, i) => (i === 0 ? [doc] : [separator, doc]))
}

const step = 2

interface Command {
  readonly indent: number
  readonly flat: boolean
  readonly doc: Doc
}

/** Lines of at most `width` columns where that is possible; `start` is the indentation of the first. */
export function layOut(document: Doc, width: number, start = 0): Line[] {
  const lines: Line[] = [{ indent: start, text: '' }]
  const stack: Command[] = [{ indent: start, flat: false, doc: document }]
  for (let command = stack.pop(); command; command = stack.pop()) {
    const { indent: depth, flat, doc } = command
    const line = lines.at(-1)
    if (!line) break
    if (typeof doc === 'string') {
      line.text += doc
    } else if (isList(doc)) {
      for (const part of [...doc].reverse()) stack.push({ indent: depth, flat, doc: part })
    } else {
      switch (doc.kind) {
        case 'group': {
          const room = width - line.indent - line.text.length
          stack.push({ indent: depth, flat: flat || fits(doc.doc, room, stack), doc: doc.doc })
          break
        }
        case 'indent':
          stack.push({ indent: depth + step, flat, doc: doc.doc })
          break
        case 'fill': {
          const [first, ...others] = doc.docs
          if (first === undefined) break
          const next = others[0]
          if (next !== undefined) {
            stack.push({ indent: depth, flat, doc: { kind: 'fill', docs: others } })
            // The comma after the next one needs room as well.
            const room = width - line.indent - line.text.length - (flatText(first) ?? '').length - 3
            const joins = flat || fits(next, room, [])
            stack.push({ indent: depth, flat, doc: joins ? ', ' : [',', hard] })
          }
          stack.push({ indent: depth, flat, doc: first })
          break
        }
        case 'line':
          if (flat) line.text += doc.flat
          else lines.push({ indent: depth, text: '' })
          break
        case 'hard':
          if (doc.blank) lines.push({ indent: 0, text: '' })
          lines.push({ indent: depth, text: '' })
          break
        case 'comment':
          line.comment = doc.comment
          break
        case 'aligned':
          line.columns = doc.columns
          break
      }
    }
  }
  return lines
}

/** Does `doc` fit flat, with what comes after it up to the next place to break? */
function fits(doc: Doc, room: number, rest: readonly Command[]): boolean {
  let left = room
  let next = rest.length
  const stack: { flat: boolean; doc: Doc }[] = [{ flat: true, doc }]
  for (;;) {
    const command = stack.pop() ?? rest[--next]
    if (!command) return true
    const { flat, doc: part } = command
    if (typeof part === 'string') {
      left -= part.length
      if (left < 0) return false
    } else if (isList(part)) {
      for (const item of [...part].reverse()) stack.push({ flat, doc: item })
    } else if (part.kind === 'group') {
      // A group that comes later may break by itself, so only its first piece has to fit.
      stack.push({ flat, doc: part.doc })
    } else if (part.kind === 'fill') {
      stack.push({ flat, doc: join(part.docs, ', ') })
    } else if (part.kind === 'indent') {
      stack.push({ flat, doc: part.doc })
    } else if (part.kind === 'line') {
      if (!flat) return true
      left -= part.flat.length
    } else if (part.kind === 'hard') {
      return !flat
    }
  }
}

function isList(doc: Doc): doc is readonly Doc[] {
  return Array.isArray(doc)
}

/** On one line; undefined if a line must break in it. */
export function flatText(doc: Doc): string | undefined {
  if (typeof doc === 'string') return doc
  if (isList(doc)) {
    const parts = doc.map(flatText)
    return parts.includes(undefined) ? undefined : parts.join('')
  }
  switch (doc.kind) {
    case 'group':
    case 'indent':
      return flatText(doc.doc)
    case 'fill':
      return flatText(join(doc.docs, ', '))
    case 'line':
      return doc.flat
    case 'hard':
    case 'comment':
      return undefined
    case 'aligned':
      return ''
  }
}
