import { defineMessage, type Span } from '../diagnostic.ts'

export const E0403 = defineMessage<{ span: Span; problem: string }>({
  code: 'E0403',
  title: 'groups that do not cover the layers',
  explanation: `Each layer is in exactly one group of the list.

Fails:
    share layer[*] in [1..6, 6..12]

Passes:
    share layer[*] in [1..6, 7..12]`,
  build: ({ span, problem }) => ({
    message: problem,
    span,
  }),
})
