import { defineMessage, type Span } from '../diagnostic.ts'

export const E0715 = defineMessage<{ span: Span; stage: string; why: string; microbatch: Span }>({
  code: 'E0715',
  title: 'a loss that cannot be added up over micro-batches',
  explanation: `With \`microbatch\` the gradients of the parts are added. That is the gradient of the whole only if the loss is a weighted sum of reduced losses, each of which looks at one example at a time.

Fails:
    stage s { minimize imitate^2, batch = 32, microbatch = 8 }

Passes:
    stage s { minimize imitate, batch = 32, microbatch = 8 }`,
  build: ({ span, stage, why, microbatch }) => ({
    message: `the loss of stage \`${stage}\` cannot be added up over micro-batches: ${why}`,
    span,
    secondary: [{ span: microbatch, text: 'micro-batches here' }],
    help: 'leave `microbatch` out, or make the loss a weighted sum',
  }),
})
