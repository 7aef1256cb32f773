/** Words of users in a model card: as code they end neither their line nor the code. */
import { inOneLine } from '../../diagnostics/terminal-text.ts'

/** Code within a line. A text with backticks stands between more of them (CommonMark, section 6.1). */
export function code(text: string): string {
  const inner = inOneLine(text)
  const longest = Math.max(0, ...(inner.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `\`${inner}\`` : `${fence} ${inner} ${fence}`
}
