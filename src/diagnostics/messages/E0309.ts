import { defineMessage, type Span } from '../diagnostic.ts'

export const E0309 = defineMessage<{ span: Span; axis: string; index: number; size: number }>({
  code: 'E0309',
  title: 'an entry outside an axis',
  explanation: `\`pick(x, class = 1)\` takes one entry of an axis, counted from 1.

Fails:
    end = pick(both, class = 3)    // of two classes

Passes:
    end = pick(both, class = 2)`,
  build: ({ span, axis, index, size }) => ({
    message: `${axis} ${index} is outside 1..${size}`,
    span,
    label: 'outside',
  }),
})
