import { defineMessage, type Span } from '../diagnostic.ts'

export const E0606 = defineMessage<{ span: Span; shape: string }>({
  code: 'E0606',
  title: 'a loss without examples',
  explanation: `A loss is averaged over the examples of a batch.

Fails:
    loss l = mean(W)

Passes:
    loss l = mean(S.hidden[4])`,
  build: ({ span, shape }) => ({
    message: `a loss needs an example axis, found ${shape}`,
    span,
    label: 'no examples',
  }),
})
