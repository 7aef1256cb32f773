/**
 * Finds deep nesting and long chains of operators in the tokens. The parser and all walks of trees recurse
 * into brackets and right operands, so they must not get more than the limits allow.
 */
import type { IToken, TokenType } from 'chevrotain'
import * as t from '../../grammar/tokens.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { nestedTooDeeply, tooManyOperators } from '../diagnostics/messages/syntax.ts'
import { endOf } from './lex.ts'
import { limits } from './limits.ts'

/** The open constructs within one pair of brackets. */
interface Level {
  /** `if` and `->`, which extend to the end of the expression. */
  lasting: number
  /** Signs, `^`, `.name`, `(...)` and `[...]` behind an operand, which extend to the next operator. */
  passing: number
  operators: number
}

const openers = new Set<TokenType>([t.LeftParen, t.LeftBrace, t.LeftBracket])
const closers = new Set<TokenType>([t.RightParen, t.RightBrace, t.RightBracket])
const operators = new Set<TokenType>(t.binaryOperators)
/** Tokens that end an operand, other than words and numbers. */
const ends = new Set<TokenType>([t.RightParen, t.RightBracket, t.RightBrace, t.StringToken, t.NumberToken])

/**
 * The first place beyond a limit, as an error; undefined if there is none. Expects separated tokens with
 * balanced brackets.
 */
export function excessiveNesting(file: string, tokens: readonly IToken[]): Diagnostic | undefined {
  const levels: Level[] = [{ lasting: 0, passing: 0, operators: 0 }]
  let depth = 0
  let previous: IToken | undefined
  for (const token of tokens) {
    const level = levels.at(-1)
    if (level === undefined) return undefined
    const { tokenType } = token
    const afterOperand = previous !== undefined && endsOperand(previous)
    if (openers.has(tokenType)) {
      if (afterOperand && tokenType !== t.LeftBrace) {
        level.passing++
        depth++
      }
      levels.push({ lasting: 0, passing: 0, operators: 0 })
      depth++
    } else if (closers.has(tokenType)) {
      levels.pop()
      depth -= level.lasting + level.passing + 1
    } else if (tokenType === t.Separator || tokenType === t.Comma) {
      depth -= level.lasting + level.passing
      Object.assign(level, { lasting: 0, passing: 0, operators: 0 })
    } else if (tokenType === t.If || tokenType === t.Arrow) {
      level.lasting++
      depth++
    } else if (tokenType === t.Caret || tokenType === t.Dot || (tokenType === t.Minus && !afterOperand)) {
      level.passing++
      depth++
    } else if (operators.has(tokenType) || tokenType === t.Then || tokenType === t.Else) {
      depth -= level.passing
      level.passing = 0
      level.operators++
    }
    previous = token
    const span = { file, start: token.startOffset, end: endOf(token) }
    if (depth > limits.nesting) return nestedTooDeeply({ span, deepest: limits.nesting })
    if (level.operators > limits.operators) return tooManyOperators({ span, most: limits.operators })
  }
  return undefined
}

function endsOperand({ tokenType, image }: IToken): boolean {
  if (ends.has(tokenType)) return true
  return /^[A-Za-z_]/.test(image) && !reserved.has(tokenType)
}
/** Reserved words: a sign behind one belongs to an operand. */
const reserved = new Set<TokenType>([t.If, t.Then, t.Else])
