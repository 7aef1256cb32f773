import { defineMessage, type Span } from '../diagnostic.ts'

export const E0208 = defineMessage<{ span: Span; binding: string; operation: string; first: Span }>({
  code: 'E0208',
  title: 'two operations with parameters in one binding',
  explanation: `The name of a binding is the name of its parameters, so it can own those of one operation only.

Fails:
    up = linear(linear(x, 8), 8)

Passes:
    inner = linear(x, 8)
    up = linear(inner, 8)`,
  build: ({ span, binding, operation, first }) => ({
    message: `\`${binding}\` has two operations with parameters`,
    span,
    label: `\`${operation}\` is the second`,
    secondary: [{ span: first, text: 'the first' }],
    help: 'bind the inner one to a name of its own',
  }),
})
