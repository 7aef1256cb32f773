/** How many terminal columns a text takes: wide characters take two, combining marks none. */
import { withoutColors } from './terminal-text.ts'

const combining = /^[\p{Mn}\p{Me}\p{Cf}]$/u
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u

export function characterWidth(character: string): number {
  if (combining.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/**
 * Whether all characters have one column. Most lines are like that, and long ones need no look-up of each
 * character.
 */
export function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

/** As `textWidth`, of a text that may be painted: colours take no column. */
export function paintedWidth(text: string): number {
  return textWidth(withoutColors(text))
}

export function textWidth(text: string): number {
  if (isPlain(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}
