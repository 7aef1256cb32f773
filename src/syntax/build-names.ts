/**
 * The smallest parts of the syntax tree: names and texts, and access to mandatory parts of the concrete tree.
 */
import type { CstNode, IToken } from 'chevrotain'
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts'
import type { Name, StringLiteral } from './expressions.ts'
import { endOf } from './lex.ts'
import { stringPieces, stringValue } from './string-escapes.ts'
import type { CommentCursor } from './trivia.ts'

export interface BuildContext {
  readonly file: string
  readonly comments: CommentCursor
  readonly report: (diagnostic: Diagnostic) => void
}

/**
 * A part that the grammar requires. `recover.ts` returns complete trees only, so its absence is an internal
 * error.
 */
export function one<T>(list: readonly T[] | undefined): T {
  const item = list?.[0]
  if (item === undefined) throw new Error('incomplete concrete tree')
  return item
}

export function tokenSpan(context: BuildContext, token: IToken): Span {
  return { file: context.file, start: token.startOffset, end: endOf(token) }
}

export function nodeSpan(context: BuildContext, node: CstNode): Span {
  const start = node.location?.startOffset ?? 0
  return { file: context.file, start, end: (node.location?.endOffset ?? start - 1) + 1 }
}

export function buildName(context: BuildContext, token: IToken): Name {
  return { text: token.image, span: tokenSpan(context, token) }
}

export function buildString(context: BuildContext, token: IToken): StringLiteral {
  const inner = token.image.slice(1, token.image.length > 1 && token.image.endsWith('"') ? -1 : undefined)
  const pieces = stringPieces(inner)
  return {
    kind: 'string',
    pieces,
    value: stringValue(pieces),
    text: token.image,
    span: tokenSpan(context, token),
  }
}
