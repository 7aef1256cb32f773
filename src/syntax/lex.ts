/**
 * Text -> tokens, including newlines. Comments are returned separately, because the grammar does not contain
 * them. Characters that have no meaning are reported and skipped.
 */
import { type IToken, Lexer } from 'chevrotain'
import { HalfString, Identifier, lexedTokens, NumberToken } from '../../grammar/tokens.ts'
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts'
import {
  malformedNumber,
  strayCharacter,
  unclosedText,
  unknownEscape,
} from '../diagnostics/messages/syntax.ts'
import type { Comment } from './ast.ts'
import { limits } from './limits.ts'
import { unknownEscapes } from './string-escapes.ts'

export interface Lexed {
  readonly tokens: readonly IToken[]
  readonly comments: readonly Comment[]
  readonly diagnostics: readonly Diagnostic[]
  /** Tokens, and what could not be read. */
  readonly words: number
  /** The place of the first word beyond the room. Nothing else is reported for such a text. */
  readonly excess?: Span
}

const lexer: () => Lexer = (() => {
  let made: Lexer | undefined
  return () => {
    made ??= new Lexer([...lexedTokens], { positionTracking: 'full', skipValidations: true })
    return made
  }
})()

/** `offset` is the place of `text` in the file, for expressions inside strings. */
export function lex(file: string, text: string, offset = 0, room: number = limits.words): Lexed {
  const { tokens, groups, errors } = lexer().tokenize(text)
  for (const token of tokens) shift(token, offset)
  const spanOf = (start: number, end: number) => ({ file, start: start + offset, end: end + offset })
  const words = tokens.length + errors.length
  if (words > room) {
    const start = tokens[room]?.startOffset ?? errors.at(-1)?.offset ?? 0
    return { tokens: [], comments: [], diagnostics: [], words, excess: { file, start, end: start + 1 } }
  }
  const diagnostics: Diagnostic[] = []
  for (const error of errors) {
    diagnostics.push(
      strayCharacter({
        span: spanOf(error.offset, error.offset + error.length),
        text: text.slice(error.offset, error.offset + error.length),
      }),
    )
  }
  let previous: IToken | undefined
  for (const token of tokens) {
    const span = { file, start: token.startOffset, end: endOf(token) }
    if (token.tokenType === HalfString) {
      diagnostics.push(unclosedText({ span }))
    } else if (previous && runsOn(previous, token)) {
      diagnostics.push(
        malformedNumber({
          span: { ...span, start: previous.startOffset },
          text: previous.image + token.image,
        }),
      )
    } else if (token.tokenType === NumberToken && /__|_$|_[.eE%KMGT]/.test(token.image)) {
      diagnostics.push(malformedNumber({ span, text: token.image }))
    } else if (token.image.includes('\\') && token.image.startsWith('"')) {
      for (const unknown of unknownEscapes(token.image)) {
        const start = token.startOffset + unknown.at
        const span = { file, start, end: start + unknown.text.length }
        diagnostics.push(unknownEscape({ span, text: unknown.text }))
      }
    }
    previous = token
  }
  const comments = (groups.comments ?? []).map((token: IToken): Comment => {
    const documentation = /^\/\/\/(?!\/)/.test(token.image)
    const text = token.image
      .slice(documentation ? 3 : 2)
      .replace(/^ /, '')
      .trimEnd()
    return {
      text,
      documentation,
      span: spanOf(token.startOffset, token.startOffset + token.image.trimEnd().length),
    }
  })
  return { tokens, comments, diagnostics, words }
}

/** `12abc`: a name that begins where a number ends. */
function runsOn(number: IToken, next: IToken): boolean {
  if (number.tokenType !== NumberToken || endOf(number) !== next.startOffset) return false
  return next.tokenType === Identifier || next.tokenType === NumberToken || /^[A-Za-z_]/.test(next.image)
}

function shift(token: IToken, offset: number): void {
  if (offset === 0) return
  token.startOffset += offset
  if (token.endOffset !== undefined) token.endOffset += offset
}

/** Exclusive, as in `Span`; chevrotain's own `endOffset` is inclusive. */
export function endOf(token: IToken): number {
  return (token.endOffset ?? token.startOffset - 1) + 1
}
