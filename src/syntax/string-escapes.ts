/** What stands between the quotes of a string: plain characters, escapes, and holes for settings. */

/** Plain text with its escapes resolved, or `{task}`. */
export type StringPiece = string | { readonly hole: string }

/** `\u{1f600}`, `\n`, `{task}` */
const special = /\\u\{([0-9a-fA-F]{1,6})\}|\\(.)|\{([A-Za-z_]\w*)\}/gu

/** What a character after a backslash stands for. */
const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '{': '{', n: '\n', t: '\t' }

const largestCode = 0x10ffff

/** The pieces of a string from its text between the quotes. An unknown escape stands for its character. */
export function stringPieces(inner: string): readonly StringPiece[] {
  const pieces: StringPiece[] = []
  let plain = ''
  let end = 0
  for (const found of inner.matchAll(special)) {
    const [whole, code, escaped, hole] = found
    plain += inner.slice(end, found.index)
    end = found.index + whole.length
    if (hole !== undefined) {
      if (plain !== '') pieces.push(plain)
      plain = ''
      pieces.push({ hole })
    } else if (code === undefined) plain += escapes[escaped ?? ''] ?? escaped
    else plain += String.fromCodePoint(Math.min(Number.parseInt(code, 16), largestCode))
  }
  plain += inner.slice(end)
  return plain === '' ? pieces : [...pieces, plain]
}

/** The pieces in one text, with holes as they are written. */
export function stringValue(pieces: readonly StringPiece[]): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : `{${piece.hole}}`)).join('')
}

/** Escapes that have no meaning, with their offsets. */
export function unknownEscapes(text: string): readonly { readonly text: string; readonly at: number }[] {
  return [...text.matchAll(special)].flatMap(({ 0: whole, 1: code, 2: escaped, index }) => {
    const known =
      code === undefined
        ? escaped === undefined || Object.hasOwn(escapes, escaped)
        : Number.parseInt(code, 16) <= largestCode
    return known ? [] : [{ text: whole, at: index }]
  })
}

/** The beginning of a hole, and what no editor shows: controls, line ends, directions, half surrogates. */
const unsafe = /["\\]|\{(?=[A-Za-z_])|[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu

/** How each of them is written that has a name. */
const named: ReadonlyMap<string, string> = new Map(
  Object.entries(escapes).map(([name, character]) => [character, `\\${name}`]),
)

/** A string of the language that stands for exactly `text`. */
export function quoted(text: string): string {
  const inner = text.replace(
    unsafe,
    (character) => named.get(character) ?? `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  )
  return `"${inner}"`
}
