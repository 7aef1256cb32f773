import { defineMessage, type Span } from '../diagnostic.ts'

export const E0443 = defineMessage<{
  span: Span
  name: string
  first: string
  second: string
  firstSpan: Span
}>({
  code: 'E0443',
  title: 'one published name for two parameters',
  explanation: `Two parameters under one name could not be stored in one file.

Fails:
    names huggingface { layer[m] -> "layer" { ffn.up -> "up" } }

Passes:
    names huggingface { layer[m] -> "layer.{m - 1}" { ffn.up -> "up" } }`,
  build: ({ span, name, first, second, firstSpan }) => ({
    message: `\`${first}\` and \`${second}\` are both called "${name}"`,
    span,
    ...(firstSpan === span ? {} : { secondary: [{ span: firstSpan, text: first }] }),
  }),
})
