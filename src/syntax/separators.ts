/**
 * The filter between lexer and parser. Items of a block and declarations end with a newline or a comma. Any
 * run of these becomes one `Separator`; none remains after `{`, before `}` or at either end of the file.
 * Inside ( ) and [ ] newlines are removed and commas stay commas. A line that begins with a binary operator,
 * or with per, where, within, then, else or except, continues the line above.
 */
import { createTokenInstance, type IToken, type TokenType } from 'chevrotain'
import * as t from '../../grammar/tokens.ts'
import { endOf } from './lex.ts'

const continuing = new Set<TokenType>([
  ...t.binaryOperators,
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
      if (!comma && goesOn(tokens, next)) continue
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

/** A comma after the last argument or item of a list has no meaning. */
function endsList(tokens: readonly IToken[], from: number): boolean {
  let next = from
  while (tokens[next]?.tokenType === t.Newline) next++
  const type = tokens[next]?.tokenType
  return type === t.RightParen || type === t.RightBracket
}

/**
 * `*` at the start of a path (`*.weight from x`, `* from x`) is no multiplication: an operand cannot begin
 * with the token behind it.
 */
function goesOn(tokens: readonly IToken[], at: number): boolean {
  const [token, next, third] = tokens.slice(at, at + 3)
  if (!token) return false
  if (token.tokenType === t.Star && next) {
    if (next.tokenType === t.Dot || next.tokenType === t.Arrow) return false
    if (next.tokenType === t.From && third && /^[\w"]/.test(third.image)) return false
  }
  return continuing.has(token.tokenType)
}
