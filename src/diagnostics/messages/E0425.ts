import { defineMessage, type Span } from '../diagnostic.ts'

export const E0425 = defineMessage<{ span: Span }>({
  code: 'E0425',
  title: 'mean of what',
  explanation: `\`mean\` averages the same parameter over a range of layers.

Fails:
    student S : one { init { layer[*] from mean(T.layer[1]) } }

Passes:
    student S : one { init { layer[*] from mean(T.layer[1..12]) } }`,
  build: ({ span }) => ({ message: 'mean needs a range of layers', span, help: 'mean(T.layer[1..3].ffn)' }),
})
