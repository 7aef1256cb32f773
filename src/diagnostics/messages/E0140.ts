import { defineMessage, type Span } from '../diagnostic.ts'

export const E0140 = defineMessage<{
  span: Span
  where: string
  name: string
  suggestion: string | undefined
  known: readonly string[]
}>({
  code: 'E0140',
  title: 'a block has no such setting',
  explanation: `The blocks of data, teachers, students, stages and optimizers have a fixed list of settings; a misspelt one would otherwise be ignored in silence.

Fails:
    data corpus { train = "wiki.txt", text = lines, tokenizer = "weights/bert-base", max_lenght = 128 }

Passes:
    data corpus { train = "wiki.txt", text = lines, tokenizer = "weights/bert-base", max_length = 128 }`,
  build: ({ span, where, name, suggestion, known }) => ({
    message: `${where} has no setting \`${name}\``,
    span,
    ...(suggestion === undefined
      ? known.length === 0
        ? {}
        : { help: `known here: ${known.join(', ')}` }
      : { label: `did you mean \`${suggestion}\`?` }),
  }),
})
