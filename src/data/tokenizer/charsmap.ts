/**
 * SentencePiece's precompiled table of characters: a double array (Aoe 1989; in the layout of Darts-clone)
 * over UTF-8 bytes. Its values are offsets into a list of replacements, each ended by a zero byte.
 * `spiece.model` contains it, and `tokenizer.json` in base64.
 */

/** A matching rule: its replacement, and the end of its key in the text. */
export interface CharsmapMatch {
  readonly replacement: string
  readonly end: number
}

export class Charsmap {
  private readonly units: Uint32Array
  private readonly replacements: Uint8Array
  private readonly decoded = new Map<number, string>()

  /** @throws the error that `refuse` makes, if the bytes are no such table */
  constructor(bytes: Uint8Array, refuse: (problem: string) => Error) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const size = bytes.byteLength < 4 ? -1 : view.getUint32(0, true)
    if (size < 4 || size % 4 !== 0 || size > bytes.byteLength - 4)
      throw refuse('its table of characters (precompiled_charsmap) is damaged')
    this.units = new Uint32Array(size / 4)
    for (let i = 0; i < this.units.length; i++) this.units[i] = view.getUint32(4 + 4 * i, true)
    this.replacements = bytes.subarray(4 + size)
  }

  /** The longest key that begins at `at`, as sentencepiece chooses. */
  longest(text: string, at: number): CharsmapMatch | undefined {
    return this.match(text, at, false)
  }

  /** The shortest key, as Hugging Face's library chooses. */
  shortest(text: string, at: number): CharsmapMatch | undefined {
    return this.match(text, at, true)
  }

  /** Whether no rule changes a text of printable ASCII. */
  get keepsAscii(): boolean {
    const open = [offsetOf(this.units[0] ?? 0)]
    let visits = 0
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      // A damaged table may have a cycle.
      if (visits++ > this.units.length) return false
      for (let byte = 0x20; byte < 0x7f; byte++) {
        const unit = this.units[node ^ byte] ?? 0
        if (labelOf(unit) !== byte) continue
        if (hasLeaf(unit)) return false
        open.push(node ^ byte ^ offsetOf(unit))
      }
    }
    return true
  }

  private match(text: string, at: number, first: boolean): CharsmapMatch | undefined {
    const { units } = this
    let node = offsetOf(units[0] ?? 0)
    let found: number | undefined
    let end = at
    let next = at
    while (next < text.length) {
      const code = text.codePointAt(next) ?? 0
      const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
      let unit = 0
      for (let k = 0; k < size; k++) {
        const byte = byteOf(code, size, k)
        unit = units[node ^ byte] ?? 0
        if (byte === 0 || labelOf(unit) !== byte)
          return found === undefined ? undefined : { replacement: this.replacement(found), end }
        node ^= byte ^ offsetOf(unit)
      }
      next += size === 4 ? 2 : 1
      if (!hasLeaf(unit)) continue
      found = (units[node] ?? 0) & 0x7fffffff
      end = next
      if (first) break
    }
    return found === undefined ? undefined : { replacement: this.replacement(found), end }
  }

  private replacement(from: number): string {
    const known = this.decoded.get(from)
    if (known !== undefined) return known
    const stop = this.replacements.indexOf(0, from)
    const bytes = this.replacements.subarray(from, stop < 0 ? undefined : stop)
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
    this.decoded.set(from, text)
    return text
  }
}

/** Byte `k` of the `size` bytes of a character. */
function byteOf(code: number, size: number, k: number): number {
  if (size === 1) return code
  if (k > 0) return 0x80 | ((code >> (6 * (size - 1 - k))) & 0x3f)
  const lead = size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0
  return lead | (code >> (6 * (size - 1)))
}

function labelOf(unit: number): number {
  return (unit & 0x800000ff) >>> 0
}
function hasLeaf(unit: number): boolean {
  return ((unit >>> 8) & 1) === 1
}
function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6)
}
