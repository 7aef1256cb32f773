import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0312 = defineMessage<{
  span: Span
  first?: string | undefined
  other?: Label | undefined
  origins: readonly Label[]
  help?: string | undefined
  message?: string | undefined
}>({
  code: 'E0312',
  title: 'two states of different sizes',
  explanation: `Losses do not broadcast: both sides have the same axes of the same sizes. A projection, trained
with the student, makes two sizes comparable.

Fails:
    loss l = mse(S.hidden[4], T.hidden[12])     // 312 units and 768

Passes:
    projection W : tinybert_4.hidden_size -> bert_base.hidden_size = linear
    loss l = mse(W(S.hidden[4]), T.hidden[12])`,
  build: ({ span, first, other, origins, help, message }) => ({
    message: message ?? 'these two states have different sizes',
    span,
    ...(first === undefined ? {} : { label: first }),
    secondary: [...(other === undefined ? [] : [other]), ...origins],
    ...(help === undefined ? {} : { help }),
  }),
})
