import { defineMessage, type Span } from '../diagnostic.ts'

export const E0605 = defineMessage<{ span: Span; name: string; shape: string }>({
  code: 'E0605',
  title: 'a loss that still has axes',
  explanation: `A loss is one number. mean without \`over\`, mse, kl, cross_entropy and cosine_distance reduce to
one.

Fails:
    loss l = abs(S.hidden[4] - T.hidden[4])

Passes:
    loss l = mean(abs(S.hidden[4] - T.hidden[4]))`,
  build: ({ span, name, shape }) => ({
    message: `loss ${name} still has axes ${shape}: reduce it with mean(...)`,
    span,
    label: 'not a single number',
  }),
})
