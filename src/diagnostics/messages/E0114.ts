import { defineMessage, type Span } from '../diagnostic.ts'

export const E0114 = defineMessage<{ span: Span; name: string; what: string }>({
  code: 'E0114',
  title: 'a name that cannot be bound',
  explanation: `Names of axes have one meaning everywhere, and names of built-in functions have one meaning
inside models.

Fails:
    model m { token = 3 }

Passes:
    model m { tokens_at_once = 3 }`,
  build: ({ span, name, what }) => ({
    message: `\`${name}\` is ${what} and cannot be bound here`,
    span,
  }),
})
