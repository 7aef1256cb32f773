import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0117 = defineMessage<{
  span: Span
  what: string
  index: number
  from: number
  to: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0117',
  title: 'an index outside its range',
  explanation: `Layers are numbered 1..M everywhere, and hidden state 0 is the output of the embedding.

Fails:
    loss l = mse(S.hidden[7], T.hidden[12])    // S has 4 layers

Passes:
    loss l = mse(S.hidden[4], T.hidden[12])`,
  build: ({ span, what, index, from, to, secondary }) => ({
    message: `${what}[${index}] is outside ${from}..${to}`,
    span,
    label: `only ${from}..${to}`,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})
