import { defineMessage, type Span } from '../diagnostic.ts'

export const E0216 = defineMessage<{ span: Span; name: string; from: number; to: number }>({
  code: 'E0216',
  title: 'a repeated block without layers',
  explanation: `Ranges are inclusive; one that ends before it begins is empty.

Fails:
    model m = bert_base with { layers = 0 }

Passes:
    model m = bert_base with { layers = 1 }`,
  build: ({ span, name, from, to }) => ({
    message: `\`${name}\` has no layers: ${from}..${to} is empty`,
    span,
    label: 'empty',
  }),
})
