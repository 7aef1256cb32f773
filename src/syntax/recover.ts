/**
 * Tokens -> concrete tree, with any errors. At the first error, the innermost item around it (an entry, a
 * line, at worst a declaration) is removed and the rest is parsed again, until it has no errors. So one
 * mistake gives one message, the tree has every other item, and it is always complete. Chevrotain's own
 * recovery continues at the next token of a suitable type. After a broken line with a `{`, that token may
 * belong to another block, and correct lines would be reported.
 */
import { EOF, type IRecognitionException, type IToken } from 'chevrotain'
import type { FileCstNode } from '../../grammar/cst-types.ts'
import { distillParser } from '../../grammar/parser.ts'
import {
  binaryOperators,
  declarationWords,
  Equals,
  LeftBrace,
  RightBrace,
  Separator,
} from '../../grammar/tokens.ts'

export interface Misfit {
  readonly exception: IRecognitionException
  /** The removed tokens. */
  readonly item: readonly IToken[]
  /** The token before the one that did not fit. */
  readonly previous: IToken | undefined
  /** The token after the item: a separator, the end of the block, or none. */
  readonly next: IToken | undefined
  /** Whether the unexpected token begins an item. */
  readonly atStart: boolean
  /** The first word of the item before it in its block. */
  readonly previousItem: string | undefined
}

export interface Recovered {
  readonly tree: FileCstNode
  readonly errors: readonly Misfit[]
}

/** A text with more errors than this is in another language. */
const mostErrors = 100

export function parseTokens(all: readonly IToken[]): Recovered {
  const parser = distillParser()
  const errors: Misfit[] = []
  let tokens = [...all]
  /** Blocks from which all items were removed. An error about their emptiness would be a consequence. */
  const emptied = new Set<IToken>()
  for (;;) {
    parser.input = tokens
    const tree = parser.file() as FileCstNode
    const exception = parser.errors[0]
    if (!exception) return { tree, errors }
    if (errors.length >= mostErrors) return { tree: { name: 'file', children: {} }, errors }
    const at = exception.token.tokenType === EOF ? tokens.length : tokens.indexOf(exception.token)
    const [start, itemEnd] = itemAround(tokens, at)
    const end = runsOver(tokens, at) ? itemAround(tokens, at + 1)[1] : itemEnd
    const opener = tokens[at - 1]
    if (!(exception.token.tokenType === RightBrace && opener && emptied.has(opener))) {
      const item = tokens.slice(start, end)
      errors.push({
        exception,
        item,
        previous: tokens[at - 1],
        next: tokens[end],
        atStart: at === start,
        previousItem: previousItem(tokens, start),
      })
    }
    tokens = without(tokens, start, end)
    const before = tokens[start - 1]
    if (before?.tokenType === LeftBrace) emptied.add(before)
  }
}

/** An item that ends too early, behind an operator or before its `{`. Then the next line belongs to it. */
function runsOver(tokens: readonly IToken[], at: number): boolean {
  const [previous, separator, next, afterNext] = [tokens[at - 1], ...tokens.slice(at, at + 3)]
  if (!previous || separator?.tokenType !== Separator || !next) return false
  if (next.tokenType === LeftBrace) return true
  const beginsItem = afterNext?.tokenType === Equals || declarationWords.has(next.tokenType)
  return binaryOperators.has(previous.tokenType) && !beginsItem
}

/** The item [start, end) of the innermost block that holds the token `at`, or that ends there. */
function itemAround(tokens: readonly IToken[], at: number): readonly [number, number] {
  let start = at
  let depth = 0
  while (start > 0) {
    const type = tokens[start - 1]?.tokenType
    if (type === RightBrace) depth++
    else if (type === LeftBrace && depth-- === 0) break
    else if (type === Separator && depth === 0) break
    start--
  }
  let end = at
  depth = 0
  while (end < tokens.length) {
    const type = tokens[end]?.tokenType
    if (type === LeftBrace) depth++
    else if (type === RightBrace && depth-- === 0) break
    else if (type === Separator && depth === 0) break
    end++
  }
  if (start < end) return [start, end]
  // The item is empty. The token itself is the mistake, so the item around it is removed.
  return start > 0 ? itemAround(tokens, start - 1) : [0, Math.max(1, end)]
}

/** The first word of the item that ends at the separator before `start`. */
function previousItem(tokens: readonly IToken[], start: number): string | undefined {
  if (start < 2 || tokens[start - 1]?.tokenType !== Separator) return undefined
  const [before] = itemAround(tokens, start - 2)
  return tokens[before]?.image
}

/** Removes [start, end), and the separator that would be left over. */
function without(tokens: readonly IToken[], start: number, end: number): IToken[] {
  if (tokens[end]?.tokenType === Separator) return [...tokens.slice(0, start), ...tokens.slice(end + 1)]
  if (tokens[start - 1]?.tokenType === Separator) return [...tokens.slice(0, start - 1), ...tokens.slice(end)]
  return [...tokens.slice(0, start), ...tokens.slice(end)]
}
