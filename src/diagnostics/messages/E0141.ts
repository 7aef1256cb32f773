import { defineMessage, type Span } from '../diagnostic.ts'

export const E0141 = defineMessage<{ span: Span; name: string; first: Span }>({
  code: 'E0141',
  title: 'a setting is given twice',
  explanation: `Within one block a setting may be given once; which of the two was meant cannot be known.

Fails:
    stage s { minimize imitate, batch = 32, batch = 64 }

Passes:
    stage s { minimize imitate, batch = 32 }`,
  build: ({ span, name, first }) => ({
    message: `\`${name}\` is given twice`,
    span,
    secondary: [{ span: first, text: 'the first time' }],
  }),
})
