import { defineMessage, type Span } from '../diagnostic.ts'

export const E0701 = defineMessage<{ span: Span; stage: string }>({
  code: 'E0701',
  title: 'a stage without minimize',
  explanation: `A stage minimizes something.

Fails:
    stage s { data = labelled, batch = 32 }

Passes:
    stage s { minimize imitate, data = labelled, batch = 32 }`,
  build: ({ span, stage }) => ({
    message: `stage \`${stage}\` does not say what it minimizes`,
    span,
    help: 'add a line: minimize LOSS',
  }),
})
