/**
 * Keeps columns. If the `=` of neighbouring lines, or what follows it, are below each other in a text, the
 * formatter keeps them so. Columns are found in the original, and rebuilt in the printed text as narrow as
 * its lines allow.
 */
import type { IToken, TokenType } from 'chevrotain'
import { Identifier, Newline, NumberToken, StringToken } from '../../grammar/tokens.ts'
import type { AlignedToken, Comment } from './ast.ts'
import type { Line } from './layout.ts'
import { endOf, type Lexed, lex } from './lex.ts'

/** By the offset of the first token of a line. */
export type Columns = ReadonlyMap<number, readonly AlignedToken[]>

/** Values are not aligned. The tokens between them are. */
const values = new Set<TokenType>([Identifier, NumberToken, StringToken])

interface Place {
  readonly token: IToken
  readonly index: number
  /** At least two blanks stand before it. */
  readonly spaced: boolean
}

/**
 * Two tokens of one kind are in one column if their lines are neighbours with equal indentation, both begin
 * at the same place, and at least one was moved there by blanks.
 */
export function findColumns(tokens: readonly IToken[]): Columns {
  const lines = linesOf(tokens)
  const groupOf = new Map<IToken, Set<Place>>()
  for (const [number, line] of lines) {
    const below = lines.get(number + 1)
    if (!below || below[0]?.token.startColumn !== line[0]?.token.startColumn) continue
    for (const place of line) {
      const partner = below.find(
        ({ token }) =>
          token.startColumn === place.token.startColumn && token.tokenType === place.token.tokenType,
      )
      if (!partner || place.index === 0 || !(place.spaced || partner.spaced)) continue
      const group = groupOf.get(place.token) ?? new Set([place])
      group.add(partner)
      groupOf.set(place.token, group)
      groupOf.set(partner.token, group)
    }
  }
  const groups = [...new Set(groupOf.values())].sort((a, b) => columnOf(a) - columnOf(b))
  const columns = new Map<number, AlignedToken[]>()
  for (const line of lines.values()) {
    const aligned = line.flatMap(({ token, index }) => {
      const set = groupOf.get(token)
      return set ? [{ token: index, text: token.image, group: groups.indexOf(set) }] : []
    })
    const start = line[0]?.token.startOffset
    if (aligned.length > 0 && start !== undefined) columns.set(start, aligned)
  }
  return columns
}

function columnOf(group: ReadonlySet<Place>): number {
  return Math.max(...[...group].map(({ token }) => token.startColumn ?? 0))
}

function linesOf(tokens: readonly IToken[]): Map<number, Place[]> {
  const lines = new Map<number, Place[]>()
  for (const token of tokens) {
    if (token.tokenType === Newline || token.startLine === undefined) continue
    const line = lines.get(token.startLine) ?? []
    const previous = line.at(-1)?.token
    const gap = previous ? token.startOffset - endOf(previous) : 0
    line.push({ token, index: line.length, spaced: gap > 1 && !values.has(token.tokenType) })
    lines.set(token.startLine, line)
  }
  return lines
}

/** Comments behind code with their columns. */
export function withColumns({ tokens, comments }: Lexed): Comment[] {
  const starts = [...linesOf(tokens).values()].flatMap((line) => (line[0] ? [line[0].token] : []))
  let next = 0
  return comments.map((comment) => {
    while ((starts[next + 1]?.startOffset ?? Number.POSITIVE_INFINITY) < comment.span.start) next++
    const start = starts[next]
    if (!start || start.startOffset > comment.span.start) return comment
    const line = tokens.findLast((token) => token.startOffset < comment.span.start)
    // The last token before a comment behind code is on its line.
    return line && line.tokenType !== Newline
      ? { ...comment, column: comment.span.start - start.startOffset }
      : comment
  })
}

/**
 * Aligns the tokens of each group with blanks, from left to right. Lines that printing has separated are not
 * aligned any more. A column that would make a line longer than `width` is dropped.
 */
export function alignLines(lines: Line[], width: number): Line[] {
  const groups = new Map<number, { line: Line; number: number; token: number; text: string }[]>()
  lines.forEach((line, number) => {
    for (const { group, ...aligned } of line.columns ?? []) {
      groups.set(group, [...(groups.get(group) ?? []), { line, number, ...aligned }])
    }
  })
  for (const group of [...groups.keys()].sort((a, b) => a - b)) {
    const places = (groups.get(group) ?? []).flatMap(({ line, number, token, text }) => {
      const printed = lex('', line.text).tokens[token]
      return printed?.image === text ? [{ line, number, at: printed.startOffset }] : []
    })
    for (const run of neighbours(places)) {
      const column = Math.max(...run.map(({ line, at }) => line.indent + at))
      if (run.some(({ line, at }) => column + line.text.length - at > width)) continue
      for (const { line, at } of run) {
        line.text = line.text.slice(0, at) + ' '.repeat(column - line.indent - at) + line.text.slice(at)
      }
    }
  }
  return lines
}

function neighbours<T extends { line: Line; number: number }>(places: readonly T[]): T[][] {
  const runs: T[][] = []
  for (const place of places) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    if (run && last && last.number + 1 === place.number && last.line.indent === place.line.indent)
      run.push(place)
    else runs.push([place])
  }
  return runs
}
