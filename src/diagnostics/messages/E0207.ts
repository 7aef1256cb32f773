import { defineMessage, type Span } from '../diagnostic.ts'

export const E0207 = defineMessage<{ span: Span; operation: string }>({
  code: 'E0207',
  title: 'parameters outside a model',
  explanation: `Parameters belong to a name in a model, so that they can be initialised, shared, frozen and
saved. In losses, use a \`projection\`.

Fails:
    loss l = mse(linear(S.hidden[4], 768), T.hidden[12])

Passes:
    projection W : tinybert_4.hidden_size -> bert_base.hidden_size = linear
    loss l = mse(W(S.hidden[4]), T.hidden[12])`,
  build: ({ span, operation }) => ({
    message: `\`${operation}\` makes parameters, which only a binding of a model or head can own`,
    span,
    label: 'no binding of a model owns this',
  }),
})
