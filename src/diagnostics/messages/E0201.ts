import { defineMessage, type Span } from '../diagnostic.ts'

export const E0201 = defineMessage<{ span: Span; name: string; first: Span }>({
  code: 'E0201',
  title: 'a name bound twice in one block',
  explanation: `A name has one meaning in its block: a setting, a tensor, a block, a tap family or a head.

Fails:
    model m { size = 3, size = 4 }

Passes:
    model m { size = 4 }`,
  build: ({ span, name, first }) => ({
    message: `\`${name}\` is bound twice`,
    span,
    label: 'a second time here',
    secondary: [{ span: first, text: 'first bound here' }],
  }),
})
