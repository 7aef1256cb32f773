import { defineMessage, type Span } from '../diagnostic.ts'

export const E0602 = defineMessage<{ span: Span; axis: string; shape: string }>({
  code: 'E0602',
  title: '`per` of an axis that the loss has not',
  explanation: `\`per (AXES)\` says what the sum is divided by: the number of live tuples of these axes, of the
element-wise form.

Fails:
    loss l = mse(S.hidden[4].first, T.hidden[4].first) per token

Passes:
    loss l = mse(S.hidden[4].first, T.hidden[4].first) per example`,
  build: ({ span, axis, shape }) => ({
    message: `per ${axis}: ${shape} has no ${axis} axis`,
    span,
    label: `no ${axis} axis`,
  }),
})
