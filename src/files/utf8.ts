/** Whether bytes are UTF-8, and where they are not: a decoder would put U+FFFD there without a word. */
import { isUtf8 } from 'node:buffer'

/** The line, from 1, of the first byte that is no UTF-8; undefined if all are. */
export function invalidLine(bytes: Uint8Array): number | undefined {
  if (isUtf8(bytes)) return undefined
  let line = 1
  // No character has a newline in it, so each line is UTF-8 or not by itself.
  for (let from = 0; ; line++) {
    const end = bytes.indexOf(0x0a, from)
    if (end < 0 || !isUtf8(bytes.subarray(from, end))) return line
    from = end + 1
  }
}
