import { defineMessage, type Span } from '../diagnostic.ts'

export const E0405 = defineMessage<{ span: Span; first: string; second: string; shapes: string }>({
  code: 'E0405',
  title: 'shared parameters of different shapes',
  explanation: `A shared parameter is one tensor, so all its uses have one shape.

Fails:
    layer[m] for m in 1..2 from x = input { output = linear(x, m * 8) }
    share layer[*] in 1 group

Passes:
    layer[m] for m in 1..2 from x = input { output = linear(x, 8) }
    share layer[*] in 1 group`,
  build: ({ span, first, second, shapes }) => ({
    message: `${first} and ${second} cannot be one parameter: ${shapes}`,
    span,
    label: 'shared here',
  }),
})
