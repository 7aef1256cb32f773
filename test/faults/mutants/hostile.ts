/** Words that no terminal, page or program may take for its own. */

const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')

/**
 * The first character of a terminal's output that is neither text nor one of Distill's colours, as `U+001B`. A
 * tab and the end of a line are text.
 */
export function hostileIn(output: string): string | undefined {
  const found = /(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/u.exec(output.replace(colour, ''))
  return found ? `U+${found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}` : undefined
}
