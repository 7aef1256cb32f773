import { defineMessage, type Span } from '../diagnostic.ts'

export const E0204 = defineMessage<{ span: Span; name: string }>({
  code: 'E0204',
  title: 'a repeated block without `output`',
  explanation: `The next layer reads the \`output\` of the one before.

Fails:
    layer[m] for m in 1..2 from x = input { up = linear(x, 8) }

Passes:
    layer[m] for m in 1..2 from x = input { output = linear(x, 8) }`,
  build: ({ span, name }) => ({
    message: `the repeated block \`${name}\` must bind \`output\``,
    span,
    label: 'binds no `output`',
  }),
})
