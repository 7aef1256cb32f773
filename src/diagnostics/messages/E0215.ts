import { defineMessage, type Span } from '../diagnostic.ts'

export const E0215 = defineMessage<{ span: Span; name: string; index: number }>({
  code: 'E0215',
  title: 'a tap given twice',
  explanation: `Each index of a tap family has one value.

Fails:
    tap hidden[1] = input
    tap hidden[m] for m in 1..layers = layer[m].output

Passes:
    tap hidden[0] = input
    tap hidden[m] for m in 1..layers = layer[m].output`,
  build: ({ span, name, index }) => ({
    message: `the tap \`${name}[${index}]\` is given twice`,
    span,
  }),
})
