import { defineMessage, type Span } from '../diagnostic.ts'

export const E0862 = defineMessage<{
  span: Span
  stage: string
  data: string
  examples: number
  batch: number
}>({
  code: 'E0862',
  title: 'too few examples for one whole batch',
  explanation: `\`partial = drop\` leaves out the examples of an epoch that do not fill a batch. Where all examples together do not fill one, nothing would be trained.

Fails:
    stage s { minimize imitate, data = labelled, batch = 256, partial = drop, ... }     // labelled: 100 examples

Passes:
    stage s { minimize imitate, data = labelled, batch = 32, partial = drop, ... }`,
  build: ({ span, stage, data, examples, batch }) => ({
    message: `stage \`${stage}\` has no whole batch of ${batch}: data \`${data}\` has ${examples} training ${examples === 1 ? 'example' : 'examples'}, and \`partial = drop\` leaves out what does not fill one`,
    span,
    help: `batch = ${Math.max(1, examples)} or less, or partial = keep`,
  }),
})
