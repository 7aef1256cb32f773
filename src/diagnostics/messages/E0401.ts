import { defineMessage, type Span } from '../diagnostic.ts'

export const E0401 = defineMessage<{ span: Span }>({
  code: 'E0401',
  title: '`share` needs exactly one `[*]`',
  explanation: `The \`[*]\` says which index is shared over; the rest of the path is plain names and numbers.

Fails:
    share layer in 1 group

Passes:
    share layer[*] in 1 group`,
  build: ({ span }) => ({
    message: '`share` needs exactly one `[*]`',
    span,
    label: 'one `[*]` wanted',
  }),
})
