import { defineMessage, type Span } from '../diagnostic.ts'

export const E0005 = defineMessage<{
  span: Span
  word: string
  /** What the word should begin. */
  what: string
  words: readonly string[]
  misspelt: string | undefined
  /** The word is followed by `=`. */
  binds: boolean
}>({
  code: 'E0005',
  title: 'an unknown first word',
  explanation: `A file is a list of declarations, and each begins with a word that says what it declares: import, setting, data, model, head,
teacher, student, map, projection, def, loss, stage. Lines of a block that begin with a word of their own (train, share, without ...)
are known by it as well.

Fails:
    studnet S : tinybert_4 { weights = "weights/tinybert" }

Passes:
    student S : tinybert_4 { weights = "weights/tinybert" }`,
  build: ({ span, word, what, words, misspelt, binds }) => {
    const message = `\`${word}\` does not begin ${what}`
    if (misspelt) return { message, span, label: `did you mean \`${misspelt}\`?` }
    const list = `known first words: ${words.join(', ')}`
    return {
      message,
      span,
      help: binds ? `a value of the whole file is \`setting ${word} = ...\`; ${list}` : list,
    }
  },
})
