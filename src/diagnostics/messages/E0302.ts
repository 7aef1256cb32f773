import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0302 = defineMessage<{
  span: Span
  operation: string
  axis: string
  left: string
  right: string
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0302',
  title: 'an axis of two sizes',
  explanation: `Element-wise operations align axes by name; an axis that both have must have one size.

Fails:
    output = linear(x, 312) + embedding.word     // of 768 units

Passes:
    output = linear(x, 768) + embedding.word`,
  build: ({ span, operation, axis, left, right, secondary }) => ({
    message: `\`${operation}\`: ${axis} is ${left} on the left and ${right} on the right`,
    span,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})
