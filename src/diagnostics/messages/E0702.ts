import { defineMessage, type Span } from '../diagnostic.ts'

export const E0702 = defineMessage<{ span: Span; axes: string }>({
  code: 'E0702',
  title: 'what is minimized is not one number',
  explanation: `\`minimize\` takes one number a batch: a loss, or a sum of losses.

Fails:
    stage s { minimize abs(S.hidden[1]) }

Passes:
    stage s { minimize mean(abs(S.hidden[1])) }`,
  build: ({ span, axes }) => ({
    message: `minimize needs one number, found ${axes}`,
    span,
    help: 'reduce it with mean(...), or use a loss',
  }),
})
