import { defineMessage, type Span } from '../diagnostic.ts'

export const E0142 = defineMessage<{
  span: Span
  name: string
  expected: string
  found: string
  help?: string
}>({
  code: 'E0142',
  title: 'a setting has a value of another kind',
  explanation: `Each setting takes one kind of value: a number, a text, one of a few words.

Fails:
    data corpus { train = "wiki.txt", text = lines, tokenizer = "weights/bert-base", max_length = "long" }

Passes:
    data corpus { train = "wiki.txt", text = lines, tokenizer = "weights/bert-base", max_length = 128 }`,
  build: ({ span, name, expected, found, help }) => ({
    message: `\`${name}\` takes ${expected}, found ${found}`,
    span,
    label: `expected ${expected}`,
    ...(help === undefined ? {} : { help }),
  }),
})
