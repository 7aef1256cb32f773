import { defineMessage, type Span } from '../diagnostic.ts'

export const E0714 = defineMessage<{ span: Span; microbatch: number; batch: number; batchSpan: Span }>({
  code: 'E0714',
  title: 'micro-batches that do not fill the batch',
  explanation: `\`batch\` is what the optimizer sees, \`microbatch\` what is computed at once: it has to divide the batch.

Fails:
    stage s { minimize imitate, batch = 32, microbatch = 5 }

Passes:
    stage s { minimize imitate, batch = 32, microbatch = 8 }`,
  build: ({ span, microbatch, batch, batchSpan }) => ({
    message: `micro-batches of ${microbatch} do not fill a batch of ${batch}`,
    span,
    ...(batchSpan === span ? {} : { secondary: [{ span: batchSpan, text: `${batch} here` }] }),
  }),
})
