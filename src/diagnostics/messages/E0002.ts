import { defineMessage, type Span } from '../diagnostic.ts'

export const E0002 = defineMessage<{ span: Span; text: string }>({
  code: 'E0002',
  title: 'a character that means nothing here',
  explanation: `The language does not use this character outside of texts and comments. Frequent ones are ; (items end at a newline or a
comma), # (comments begin with //) and typographic quotes (texts stand between ").

Fails:
    setting task = 'sst2';

Passes:
    setting task = "sst2"`,
  build: ({ span, text }) => {
    const help = remedy(text)
    return { message: `\`${text}\` means nothing here`, span, ...(help !== undefined && { help }) }
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
      return 'a text stands between straight double quotes: "sst2"'
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
