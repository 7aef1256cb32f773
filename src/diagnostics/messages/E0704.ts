import { defineMessage, type Span } from '../diagnostic.ts'

export const E0704 = defineMessage<{ span: Span; cycle: readonly string[] }>({
  code: 'E0704',
  title: 'stages that wait for each other',
  explanation: `Each stage starts when the one after which it stands is done; in a circle none could.

Fails:
    stage a after b { minimize imitate }
    stage b after a { minimize imitate }

Passes:
    stage a { minimize imitate }
    stage b after a { minimize imitate }`,
  build: ({ span, cycle }) => ({
    message: `these stages wait for each other: ${cycle.join(' after ')}`,
    span,
  }),
})
