import { defineMessage, type Span } from '../diagnostic.ts'

export const E0610 = defineMessage<{ span: Span; name: string; found: string }>({
  code: 'E0610',
  title: 'a loss that is not a tensor',
  explanation: `A loss depends on what a model computes.

Fails:
    loss l = 3

Passes:
    loss l = 3 * mse(S.hidden[4], T.hidden[4])`,
  build: ({ span, name, found }) => ({
    message: `loss ${name} is ${found}, which nothing can be trained on`,
    span,
    label: 'not a loss',
  }),
})
