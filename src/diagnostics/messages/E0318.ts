import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0318 = defineMessage<{
  span: Span
  count: number
  most: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0318',
  title: 'a range that is too long',
  explanation: `Layers and sums are written out one by one, so a range has a limit that no sensible model
reaches.

Fails:
    layer[m] for m in 1..1_000_000_000 from x = input { output = x }

Passes:
    layer[m] for m in 1..12 from x = input { output = x }`,
  build: ({ span, count, most, secondary }) => ({
    message: `${count.toLocaleString('en')} members are more than ${most.toLocaleString('en')}, the most of a range`,
    span,
    label: 'too long',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})
