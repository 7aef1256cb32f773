import { defineMessage, type Span } from '../diagnostic.ts'

export const E0213 = defineMessage<{ span: Span }>({
  code: 'E0213',
  title: 'dropout outside a model',
  explanation: `Dropout is on while its model trains; a loss has no such mode.

Fails:
    loss l = mse(dropout(S.hidden[4], 10%), T.hidden[4])

Passes:
    loss l = mse(S.hidden[4], T.hidden[4])`,
  build: ({ span }) => ({
    message: 'dropout belongs to a model',
    span,
    label: 'not inside a model',
  }),
})
