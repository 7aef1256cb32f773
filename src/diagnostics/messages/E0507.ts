import { defineMessage, type Span } from '../diagnostic.ts'

export const E0507 = defineMessage<{ span: Span }>({
  code: 'E0507',
  title: 'an unknown kind of projection',
  explanation: `A projection is a linear map with bias, optionally followed by relu or tanh.

Fails:
    projection W : a.hidden_size -> b.hidden_size = gelu

Passes:
    projection W : a.hidden_size -> b.hidden_size = linear`,
  build: ({ span }) => ({
    message: 'a projection is linear, relu or tanh',
    span,
    label: 'linear, relu or tanh',
  }),
})
