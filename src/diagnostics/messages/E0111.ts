import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0111 = defineMessage<{
  span: Span
  what: string
  value: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0111',
  title: 'a number that must be whole',
  explanation: `Sizes, counts and layers are whole numbers. A quotient is fine where it comes out whole (768 /
12).

Fails:
    model m = bert_base with { layers = 4.5 }

Passes:
    model m = bert_base with { layers = 4 }`,
  build: ({ span, what, value, secondary }) => ({
    message: `${what} must be a whole number, found ${value}`,
    span,
    label: 'not whole',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})
