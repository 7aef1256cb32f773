import { defineMessage, type Span } from '../diagnostic.ts'

export const E0308 = defineMessage<{ span: Span; shape: string }>({
  code: 'E0308',
  title: 'a lookup of something that is not whole numbers',
  explanation: `\`lookup(ids, rows, units)\` takes rows of a matrix by number: tokens, segments, places.

Fails:
    word = lookup(embedding.norm, 100, 8)

Passes:
    word = lookup(tokens, 100, 8)`,
  build: ({ span, shape }) => ({
    message: `lookup needs whole numbers, found real ones ${shape}`,
    span,
    label: 'not whole numbers',
  }),
})
