import { defineMessage, type Span } from '../diagnostic.ts'

export const E0611 = defineMessage<{ span: Span; axis: string }>({
  code: 'E0611',
  title: 'a number that only a batch knows',
  explanation: `Losses are averaged by \`per\`; micro-batches and resumed runs must give the same value, so the
size of a batch cannot be read.

Fails:
    loss l = mean(x) / size(x, example)

Passes:
    loss l = mean(x) per example`,
  build: ({ span, axis }) => ({
    message: `the number of ${axis}s is not known to a program`,
    span,
    label: 'not a number of the program',
  }),
})
