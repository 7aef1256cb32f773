/**
 * Words of others in Markdown: a model card, TensorBoard's texts. This is the one place that escapes them.
 * They stay in their line and their cell, and become no markup (CommonMark 0.31; tables and links of GFM).
 */
import { inOneLine } from './terminal-text.ts'

/** What begins markup wherever it stands. An underscore within a word does not. */
const marks = /[\\`*<>[\]|~&$#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g
/** What begins a list or a line across the page at the start of a text. */
const starts = /^(\d*)([-+.)])(?=[\s-]|$)/
/** What GFM makes a link of. */
const links = /:(?=\/\/)|(?<=www)\.|@/gi

/** Words as they are, within a line or a cell; without spaces around them, of which four begin code. */
export function markdownText(text: string): string {
  const escaped = (mark: string): string => `\\${mark}`
  return inOneLine(text).trim().replace(marks, escaped).replace(links, escaped).replace(starts, '$1\\$2')
}

/** Code within a line. A text with backticks stands between more of them (CommonMark, section 6.1). */
export function code(text: string): string {
  const inner = inOneLine(text)
  const longest = longestRun(inner, 0)
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `\`${inner}\`` : `${fence} ${inner} ${fence}`
}

/** Code of several lines, as it is written. */
export function codeBlock(text: string): string {
  const fence = '`'.repeat(longestRun(text, 2) + 1)
  return `${fence}\n${text}\n${fence}`
}

function longestRun(text: string, least: number): number {
  return Math.max(least, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
}
