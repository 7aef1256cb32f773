import { defineMessage, type Span } from '../diagnostic.ts'

export const E0508 = defineMessage<{ span: Span; problem: string }>({
  code: 'E0508',
  title: 'a projection with a wrong index',
  explanation: `A family has one matrix for each index; a plain projection has one in all.

Fails:
    projection W[m] for m in 1..4 : a.hidden_size -> b.hidden_size = linear
    loss l = mse(W(S.hidden[1]), T.hidden[1])

Passes:
    loss l = mse(W[1](S.hidden[1]), T.hidden[1])`,
  build: ({ span, problem }) => ({
    message: problem,
    span,
  }),
})
