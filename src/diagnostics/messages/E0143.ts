import { defineMessage, type Span } from '../diagnostic.ts'

export const E0143 = defineMessage<{ span: Span; name: string; value: string; limits: string }>({
  code: 'E0143',
  title: 'a number is outside what a setting can be',
  explanation: `Shares lie between 0 and 1, sizes are positive whole numbers.

Fails:
    data corpus { train = "wiki.txt", text = lines, tokenizer = "weights/bert-base", mask { probability = 150% } }

Passes:
    data corpus { train = "wiki.txt", text = lines, tokenizer = "weights/bert-base", mask { probability = 15% } }`,
  build: ({ span, name, value, limits }) => ({
    message: `\`${name}\` is ${value}, but must be ${limits}`,
    span,
  }),
})
