import { defineMessage, type Span } from '../diagnostic.ts'

export const E0607 = defineMessage<{ span: Span; how: string }>({
  code: 'E0607',
  title: 'a sum over nothing',
  explanation: `The range or list has no members.

Fails:
    sum m in 1..0 { mse(S.hidden[m], T.hidden[m]) }

Passes:
    sum m in 1..4 { mse(S.hidden[m], T.hidden[m]) }`,
  build: ({ span, how }) => ({
    message: `${how} over nothing`,
    span,
    label: 'empty',
  }),
})
