/**
 * The filter between lexer and parser. Items of a block, and declarations, end at a newline or a comma: here any run of them becomes one
 * `Separator`, and none is left after `{`, before `}` or at either end of the file. Inside ( ) and [ ] newlines are free and
 * commas stay commas. A line that begins with a binary operator, or with per, where, within, then, else or except, goes on with the
 * line above.
 */
import { createTokenInstance, type IToken, type TokenType } from 'chevrotain'
import * as t from '../../grammar/tokens.ts'
import { endOf } from './lex.ts'

const continuing = new Set<TokenType>([
  ...[t.Plus, t.Minus, t.Star, t.Slash, t.Percent, t.Caret, t.At, t.DotDot],
  ...[t.Less, t.LessEqual, t.Greater, t.GreaterEqual, t.EqualEqual, t.NotEqual],
  ...[t.Per, t.Where, t.Within, t.Then, t.Else, t.Except],
])

/** Expects balanced brackets. */
export function separate(tokens: readonly IToken[]): IToken[] {
  const out: IToken[] = []
  const open: TokenType[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    if (!token) break
    const { tokenType } = token
    const inBlock = open.length === 0 || open.at(-1) === t.LeftBrace
    if (tokenType === t.Newline || (tokenType === t.Comma && inBlock)) {
      if (!inBlock) continue // a newline
      let next = i
      let comma = false
      while (tokens[next]?.tokenType === t.Newline || tokens[next]?.tokenType === t.Comma) {
        comma ||= tokens[next]?.tokenType === t.Comma
        next++
      }
      const following = tokens[next]
      i = next - 1
      if (!comma && following && goesOn(following, tokens[next + 1])) continue
      const before = out.at(-1)?.tokenType
      if (!before || before === t.LeftBrace || !following || following.tokenType === t.RightBrace) continue
      out.push(createTokenInstance(t.Separator, token.image, token.startOffset, endOf(token) - 1, 0, 0, 0, 0))
      continue
    }
    if (tokenType === t.Comma && endsList(tokens, i + 1)) continue
    if (tokenType === t.LeftParen || tokenType === t.LeftBrace || tokenType === t.LeftBracket)
      open.push(tokenType)
    else if (tokenType === t.RightParen || tokenType === t.RightBrace || tokenType === t.RightBracket)
      open.pop()
    out.push(token)
  }
  return out
}

/** A comma after the last argument, or item of a list, says nothing. */
function endsList(tokens: readonly IToken[], from: number): boolean {
  let next = from
  while (tokens[next]?.tokenType === t.Newline) next++
  const type = tokens[next]?.tokenType
  return type === t.RightParen || type === t.RightBracket
}

/** `*` that a path begins with (`*.weight from ...`) is no multiplication: nothing that follows it there can begin an operand. */
function goesOn(token: IToken, next: IToken | undefined): boolean {
  if (token.tokenType === t.Star && next && [t.Dot, t.From, t.Arrow].includes(next.tokenType)) return false
  return continuing.has(token.tokenType)
}
