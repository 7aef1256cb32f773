import { defineMessage, type Span } from '../diagnostic.ts'

export const E0210 = defineMessage<{ span: Span; name: string }>({
  code: 'E0210',
  title: 'a reusable block without a name',
  explanation: `A head called inside a model makes a block with parameters; the binding that it is the whole
value of gives it its path.

Fails:
    output = x + feed_forward(x, 64).output

Passes:
    ffn = feed_forward(x, 64)
    output = x + ffn.output`,
  build: ({ span, name }) => ({
    message: `the block \`${name}(...)\` needs a name of its own`,
    span,
    label: 'bind this call to a name',
  }),
})
