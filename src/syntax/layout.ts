/**
 * A small pretty printer (Wadler, "A prettier printer", 2003). A document marks places where lines may break.
 * A group that does not fit into a line breaks at all of its own places, outermost groups first.
 */
import type { AlignedToken, Comment } from './ast.ts'

export type Doc =
  | string
  | readonly Doc[]
  | { readonly kind: 'group' | 'indent'; readonly doc: Doc }
  /** Wrapped like prose, separated by a comma and a blank: each line takes as many as fit. */
  | { readonly kind: 'fill'; readonly docs: readonly Doc[] }
  /** A possible line break; `flat` is printed if it does not break. */
  | { readonly kind: 'line'; readonly flat: string }
  /** A line break; `blank`: followed by an empty line. */
  | { readonly kind: 'hard'; readonly blank: boolean }
  /** A comment behind the text of its line. It does not count for the width. */
  | { readonly kind: 'comment'; readonly comment: Comment }
  /** Marks the first line of an item whose tokens were in columns with those of neighbouring items. */
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

/** Lines of at most `width` columns, if possible; `start` is the indentation of the first. */
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
            // The comma after the next one must fit, too.
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

/** Whether `doc` fits on the line, with what follows it up to the next possible break. */
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
      // A later group may break by itself, so only its first part has to fit.
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

/** The document on one line; undefined if it contains a line break. */
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
