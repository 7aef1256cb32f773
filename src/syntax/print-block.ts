/**
 * Documents for lists of items, in braces or in a file: which items share a line, and where their comments
 * go.
 */
import type { Block, Comment, Family, Trivia } from './ast.ts'
import { blank, type Doc, flatText, group, hard, indent, join, space } from './layout.ts'
import { printExpression } from './print-expression.ts'

/** Largest number of columns of a line, if breaks can achieve it. */
export const lineWidth = 120

export function commentText({ documentation, text }: Comment): string {
  const slashes = documentation ? '///' : '//'
  return text === '' ? slashes : `${slashes} ${text}`
}

interface Item {
  readonly trivia: Trivia
}

/** Items below each other, with their comments. Items that shared a line stay together as far as they fit. */
export function printList<T extends Item>(
  items: readonly T[],
  dangling: readonly Comment[],
  print: (item: T, depth: number) => Doc,
  depth: number,
): Doc {
  const docs: Doc[] = []
  let line: string | undefined // what could take another item, if it is short
  items.forEach((item, i) => {
    const { leading, trailing, blankBefore, detached, sameLine, columns } = item.trivia
    const doc = print(item, depth)
    const flat = flatText(doc)
    const joined =
      sameLine && depth > 0 && line !== undefined && flat !== undefined ? `${line}, ${flat}` : undefined
    if (joined !== undefined && joined.length <= lineWidth - depth) {
      docs.push(', ', flat ?? '')
      line = joined
    } else {
      if (i > 0) docs.push(blankBefore ? blank : hard)
      docs.push(printComments(leading, detached))
      if (columns) docs.push({ kind: 'aligned', columns })
      docs.push(doc)
      line = flat !== undefined && flat.length <= lineWidth - depth ? flat : undefined
    }
    if (trailing) {
      docs.push({ kind: 'comment', comment: trailing })
      line = undefined
    }
  })
  dangling.forEach((comment, i) => {
    if (i > 0 || items.length > 0) docs.push(comment.blankBefore ? blank : hard)
    docs.push(commentText(comment))
  })
  return docs
}

function printComments(comments: readonly Comment[], detached = false): Doc {
  return comments.map((comment, i) => {
    const after = i < comments.length - 1 ? comments[i + 1]?.blankBefore : detached
    return [commentText(comment), after ? blank : hard]
  })
}

/** `{ a = 1, b = 2 }` if it was written on one line and fits, otherwise one item in each line. */
export function printBlock<T extends Item>(
  block: Block<T>,
  print: (item: T, depth: number) => Doc,
  depth: number,
): Doc {
  const { items, opening, dangling } = block
  if (items.length === 0 && dangling.length === 0 && !opening) return '{}'
  const written = items.every(
    ({ trivia }) => trivia.sameLine && !trivia.trailing && trivia.leading.length === 0,
  )
  if (written && !opening && dangling.length === 0) {
    const docs = items.map((item) => print(item, depth + 2))
    if (docs.every((doc) => flatText(doc) !== undefined)) {
      return group('{', indent(space, join(docs, { kind: 'line', flat: ', ' })), space, '}')
    }
  }
  return [
    '{',
    opening ? { kind: 'comment', comment: opening } : '',
    indent(hard, printList(items, dangling, print, depth + 2)),
    hard,
    '}',
  ]
}

/** `[m] for m in 1..12` */
export function printFamily({ variable, range }: Family): Doc {
  return ['[', variable.text, '] for ', variable.text, ' in ', printExpression(range)]
}
