import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0317 = defineMessage<{
  span: Span
  what: string
  value: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0317',
  title: 'a size that is none',
  explanation: `Sizes and counts are positive.

Fails:
    up = linear(x, 0)

Passes:
    up = linear(x, 8)`,
  build: ({ span, what, value, secondary }) => ({
    message: `${what} must be at least 1, found ${value}`,
    span,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})
