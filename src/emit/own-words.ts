/** Words of users in generated source: a comment stays a comment, and a text stays one literal. */
import { inOneLine, printable } from '../diagnostics/terminal-text.ts'

/** In a comment of either kind: no end of a line, and no end of the comment. */
export function inComment(text: string): string {
  return inOneLine(text).replaceAll('*/', '*\\/')
}

/** A literal in single quotes. */
export function literal(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${printable(inner)}'`
}
