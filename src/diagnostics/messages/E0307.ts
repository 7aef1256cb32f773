import { defineMessage, type Span } from '../diagnostic.ts'

export const E0307 = defineMessage<{ span: Span; operation: string; shape: string }>({
  code: 'E0307',
  title: 'an operation that must be told its axis',
  explanation: `softmax, kl and cross_entropy run over the first of class, token', token; never over unit unless
told. sum, max, min and variance are always told.

Fails:
    x = softmax(S.hidden[1])

Passes:
    x = softmax(S.hidden[1], over = unit)`,
  build: ({ span, operation, shape }) => ({
    message: `\`${operation}\` of ${shape} must be told its axis`,
    span,
    label: 'say `over = AXIS`',
  }),
})
