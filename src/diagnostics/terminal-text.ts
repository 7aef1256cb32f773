/**
 * What a terminal may be sent. Names, cells and messages are words of others: a control character in them
 * could set a window's title, hide text or overwrite a line, and a bidirectional control could reorder it.
 * Such characters are shown by their number (`\u001b`), and only Distill's own colours become sequences.
 */

/**
 * Controls (C0 but tab and newline, DEL, C1), separators of lines and paragraphs, controls of direction (UAX
 * 9), annotations, tags, and surrogates without their other half.
 */
const unprintable = /(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/** What no text of a user contains: each process draws another. */
const key = crypto.getRandomValues(new Uint32Array(2)).join('-')
const own = new RegExp(`\ufdd0${key}(\\d*)\ufdd1`, 'g')

/** `\u001b`, by UTF-16 units: the way in which JSON and JavaScript write it too. */
export function numbered(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}

/** A text of several lines with each unprintable character by its number. */
export function printable(text: string): string {
  return text.replace(unprintable, numbered)
}

/** The same for a text that has to stay in one line: an end of a line becomes `\n`, a tab `\t`. */
export function inOneLine(text: string): string {
  return printable(text.replaceAll('\r', '\\r').replaceAll('\n', '\\n').replaceAll('\t', '\\t'))
}

/** The parameters that begin and end it. */
export type Look = readonly [begin: number, end: number]

/** A text in a colour, for `terminalText`. */
export function colored(text: string, [open, close]: Look): string {
  return `\ufdd0${key}${open}\ufdd1${text}\ufdd0${key}${close}\ufdd1`
}

export function withoutColors(text: string): string {
  return text.replace(own, '')
}

/** What is sent to a terminal: printable, with our own colours. */
export function terminalText(text: string): string {
  return printable(text).replace(own, '\u001b[$1m')
}
