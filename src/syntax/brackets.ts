/**
 * Balances the brackets before the parser reads the text, so that a missing `}` is one error and the rest of
 * the file is still read. Afterwards each `(`, `[`, `{` has its partner, and partners nest.
 */
import { createTokenInstance, type IToken, type TokenType } from 'chevrotain'
import * as t from '../../grammar/tokens.ts'
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts'
import { nestedTooDeeply, strayClosingBracket, unclosedBracket } from '../diagnostics/messages/syntax.ts'
import { endOf } from './lex.ts'
import { limits } from './limits.ts'

export interface Balanced {
  readonly tokens: readonly IToken[]
  /** Closing brackets that were inserted. */
  readonly added: ReadonlySet<IToken>
  readonly diagnostics: readonly Diagnostic[]
}

const closerOf = new Map<TokenType, TokenType>([
  [t.LeftParen, t.RightParen],
  [t.LeftBrace, t.RightBrace],
  [t.LeftBracket, t.RightBracket],
])
const closers = new Set(closerOf.values())

export function balance(file: string, tokens: readonly IToken[]): Balanced {
  let depth = 0
  for (const token of tokens) {
    if (closerOf.has(token.tokenType)) depth++
    else if (closers.has(token.tokenType)) depth--
    if (depth <= limits.nesting) continue
    const span = { file, start: token.startOffset, end: endOf(token) }
    return { tokens: [], added: new Set(), diagnostics: [nestedTooDeeply({ span, deepest: limits.nesting })] }
  }
  // At first, every bracket is taken as written. Only if that fails, a declaration at the left margin ends
  // everything that is open.
  const plain = match(file, tokens, false)
  return plain.diagnostics.length === 0 ? plain : match(file, tokens, true)
}

function match(file: string, tokens: readonly IToken[], marginEnds: boolean): Balanced {
  const out: IToken[] = []
  const added = new Set<IToken>()
  const diagnostics: Diagnostic[] = []
  const open: IToken[] = []

  const closeDownTo = (depth: number, next: IToken | undefined) => {
    // The closing bracket goes behind the last word before `next`, before newlines.
    let at = out.length
    while (at > 0 && out[at - 1]?.tokenType === t.Newline) at--
    const last = out[at - 1]
    const offset = last ? endOf(last) : 0
    while (open.length > depth) {
      const opener = open.pop()
      const closer = opener && closerOf.get(opener.tokenType)
      if (!opener || !closer) break
      const token = createTokenInstance(closer, imageOf(closer), offset, offset - 1, 0, 0, 0, 0)
      added.add(token)
      out.splice(at++, 0, token)
      const place: Span = next
        ? { file, start: next.startOffset, end: endOf(next) }
        : { file, start: Math.max(0, offset - 1), end: offset }
      diagnostics.push(
        unclosedBracket({
          span: place,
          opener: { file, start: opener.startOffset, end: endOf(opener) },
          open: opener.image,
          close: imageOf(closer),
          found: next?.image,
        }),
      )
    }
  }

  let previous: IToken | undefined
  tokens.forEach((token, index) => {
    const atMargin = token.startColumn === 1 && (!previous || previous.tokenType === t.Newline)
    if (marginEnds && open.length > 0 && atMargin && beginsDeclaration(token, tokens[index + 1]))
      closeDownTo(0, token)
    previous = token
    if (closerOf.has(token.tokenType)) {
      open.push(token)
    } else if (closers.has(token.tokenType)) {
      const depth = open.findLastIndex((opener) => closerOf.get(opener.tokenType) === token.tokenType)
      if (depth < 0) {
        diagnostics.push(
          strayClosingBracket({
            span: { file, start: token.startOffset, end: endOf(token) },
            text: token.image,
          }),
        )
        return
      }
      closeDownTo(depth + 1, token)
      open.pop()
    }
    out.push(token)
  })
  closeDownTo(0, undefined)
  return { tokens: out, added, diagnostics }
}

function beginsDeclaration(token: IToken, next: IToken | undefined): boolean {
  if (!t.declarationWords.has(token.tokenType) || !next) return false
  return token.tokenType === t.Import ? next.tokenType === t.LeftBrace : /^[A-Za-z_]/.test(next.image)
}

function imageOf(closer: TokenType): string {
  return closer === t.RightParen ? ')' : closer === t.RightBrace ? '}' : ']'
}
