/** Messages of syntax: what the lexer and the parser cannot read. */
import { defineMessage, type Span } from '../diagnostic.ts'
import { type Hint, hinted } from '../suggest.ts'

export const unexpectedToken = defineMessage<{
  span: Span
  expected: string
  found: string
  help?: string | undefined
}>({
  code: 'E0001',
  title: 'an unexpected word or sign',
  build: ({ span, expected, found, help }) => ({
    message: `expected ${expected}, found ${found}`,
    span,
    label: `expected ${expected}`,
    ...(help !== undefined && { help }),
  }),
})

export const strayCharacter = defineMessage<{ span: Span; text: string }>({
  code: 'E0002',
  title: 'a character that has no meaning',
  build: ({ span, text }) => {
    const help = remedy(text)
    return { message: `\`${text}\` has no meaning here`, span, ...(help !== undefined && { help }) }
  },
})

function remedy(text: string): string | undefined {
  switch (text[0]) {
    case ';':
      return 'items end at a newline or a comma'
    case '#':
      return 'a comment begins with `//`'
    case "'":
    case '`':
    case '\u2018':
    case '\u2019':
    case '\u201c':
    case '\u201d':
    case '\u00ab':
    case '\u00bb':
      return 'a string stands between straight double quotes: "sst2"'
    case '\u2013':
    case '\u2014':
    case '\u2212':
      return 'a minus sign is `-`'
    case '\u00d7':
    case '\u00b7':
      return 'a product is written with `*`'
    case '\u2192':
      return 'an arrow is written `->`'
    case '\u2264':
      return 'at most is written `<=`'
    case '\u2265':
      return 'at least is written `>=`'
    case '\u2026':
      return 'a range is written `1..12`'
    case '!':
      return 'unequal is written `!=`'
    case '$':
      return 'names need no `$`'
    default:
      return undefined
  }
}

export const unclosedText = defineMessage<{ span: Span }>({
  code: 'E0003',
  title: 'a string without its end',
  build: ({ span }) => ({
    message: 'this string has no end',
    span,
    label: 'expected `"` before the end of the line',
  }),
})

export const unclosedBracket = defineMessage<{
  span: Span
  opener: Span
  open: string
  close: string
  found: string | undefined
}>({
  code: 'E0004',
  title: 'a bracket that is never closed',
  build: ({ span, opener, open, close, found }) => ({
    message: `\`${open}\` is never closed`,
    span,
    label:
      found === undefined
        ? `the file ends, and \`${close}\` is missing`
        : `expected \`${close}\` before this`,
    secondary: [{ span: opener, text: 'it was opened here' }],
  }),
})

export const unknownFirstWord = defineMessage<{
  span: Span
  word: string
  /** What the word was meant to begin. */
  what: string
  words: readonly string[]
  hint: Hint
  /** The word is followed by `=`. */
  binds: boolean
}>({
  code: 'E0005',
  title: 'an unknown first word',
  build: ({ span, word, what, words, hint, binds }) => {
    const message = `\`${word}\` does not begin ${what}`
    if (hint.similar !== undefined || hint.help !== undefined) return { message, span, ...hinted(hint) }
    const list = `known first words: ${words.join(', ')}`
    return {
      message,
      span,
      help: binds ? `a value of the whole file is \`setting ${word} = ...\`; ${list}` : list,
    }
  },
})

export const missingSeparator = defineMessage<{
  span: Span
  expected: string
  found: string
  help?: string | undefined
}>({
  code: 'E0006',
  title: 'an item that does not end',
  build: ({ span, expected, found, help }) => ({
    message: `expected ${expected}, found ${found}`,
    span,
    label: `expected ${expected}`,
    ...(help !== undefined && { help }),
  }),
})

export const reservedWord = defineMessage<{ span: Span; text: string }>({
  code: 'E0007',
  title: 'a reserved word used as a name',
  build: ({ span, text }) => ({
    message: `\`${text}\` is a reserved word and cannot be a name`,
    span,
    help: `choose another name, such as \`${text}_\``,
  }),
})

export const strayClosingBracket = defineMessage<{ span: Span; text: string }>({
  code: 'E0008',
  title: 'a closing bracket without an opening one',
  build: ({ span, text }) => ({
    message: `\`${text}\` closes nothing`,
    span,
    label: 'there is no open bracket for it',
  }),
})

export const repeatedSuffix = defineMessage<{ span: Span; word: string; first: Span }>({
  code: 'E0009',
  title: 'a repeated suffix',
  build: ({ span, word, first }) => ({
    message: `\`${word}\` is given twice`,
    span,
    secondary: [{ span: first, text: 'it was given here' }],
    ...(word === 'per' && { help: 'several axes are written `per (head, token)`' }),
  }),
})

export const unnamedAfterNamed = defineMessage<{ span: Span }>({
  code: 'E0010',
  title: 'an unnamed argument behind a named one',
  build: ({ span }) => ({
    message: 'an argument without a name stands behind a named one',
    span,
    help: 'move it before the named ones, or give its name as well',
  }),
})

export const differentLoopVariable = defineMessage<{
  span: Span
  variable: string
  again: string
  first: Span
}>({
  code: 'E0011',
  title: 'two names for one loop variable',
  build: ({ span, variable, again, first }) => ({
    message: `the index is \`${variable}\`, but the loop runs over \`${again}\``,
    span,
    label: `expected \`${variable}\``,
    secondary: [{ span: first, text: 'the index' }],
  }),
})

export const malformedNumber = defineMessage<{ span: Span; text: string }>({
  code: 'E0012',
  title: 'a malformed number',
  build: ({ span, text }) => ({
    message: `\`${text}\` is no number`,
    span,
    help: 'numbers are written 768, 30_522, 0.02, 5e-5, 15% or 2GiB; a name begins with a letter',
  }),
})

export const unknownEscape = defineMessage<{ span: Span; text: string }>({
  code: 'E0013',
  title: 'an unknown escape in a string',
  build: ({ span, text }) => ({
    message: `\`${text}\` has no meaning in a string`,
    span,
    help: 'a backslash is written `\\\\`; paths are written with `/`; a character has its number in braces: `\\u{1f600}`',
  }),
})

export const nestedTooDeeply = defineMessage<{ span: Span; deepest: number }>({
  code: 'E0014',
  title: 'something nested too deeply',
  build: ({ span, deepest }) => ({
    message: `this is nested more than ${deepest} deep`,
    span,
    help: 'give inner pieces a name',
  }),
})

export const tooManyOperators = defineMessage<{ span: Span; most: number }>({
  code: 'E0086',
  title: 'too many operators in one expression',
  build: ({ span, most }) => ({
    message: `this expression has more than ${count(most)} operators`,
    span,
    help: 'sum over an index: sum m in 1..4 { ... }; or give parts a name',
  }),
})

export const specTooLong = defineMessage<{ span: Span; unit: 'characters' | 'words'; most: number }>({
  code: 'E0087',
  title: 'a spec that is too long',
  build: ({ span, unit, most }) => ({
    message: `a spec and its imports have at most ${count(most)} ${unit === 'words' ? 'words and signs' : unit}`,
    span,
    label: unit === 'words' ? 'the limit is passed here' : 'this file passes the limit',
    help: 'a spec is a program: data and weights stand in files that it names',
  }),
})

export const moreReports = defineMessage<{ shown: number; more: number }>({
  code: 'E0088',
  title: 'more mistakes than are shown',
  severity: 'note',
  build: ({ shown, more }) => ({
    message: `${count(more)} more after the first ${count(shown)}`,
    help: 'correct these first: others may follow from them',
  }),
})

function count(number: number): string {
  return number.toLocaleString('en')
}
