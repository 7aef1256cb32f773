import { defineMessage, type Span } from '../diagnostic.ts'

export const E0810 = defineMessage<{ data: string; size: number; needed: number; span?: Span }>({
  code: 'E0810',
  title: 'this vocabulary is too small for its text',
  explanation: `A trained vocabulary holds the five special pieces and every character of the text (once at the beginning of a word, once inside
words), or the text could not be written with it. What is left over becomes longer pieces.

Fails:
    tokenizer = wordpiece(size = 20)

Passes:
    tokenizer = wordpiece(size = 8000)`,
  build: ({ data, size, needed, span }) => ({
    message: `a vocabulary of ${size} pieces is too small for the text of \`${data}\``,
    help: `its characters alone need ${needed} pieces: wordpiece(size = ${Math.max(1000, needed * 4)})`,
    ...(span === undefined ? {} : { span, label: 'this size' }),
  }),
})
