import { defineMessage, type Span } from '../diagnostic.ts'

export const E0001 = defineMessage<{
  span: Span
  expected: string
  found: string
  help?: string | undefined
}>({
  code: 'E0001',
  title: 'something else was expected here',
  explanation: `The text cannot be read on from this place: the grammar has another word or sign here.

Fails:
    model small : bert_base with { layers = 4 }

Passes:
    model small = bert_base with { layers = 4 }`,
  build: ({ span, expected, found, help }) => ({
    message: `expected ${expected}, found ${found}`,
    span,
    label: `expected ${expected}`,
    ...(help !== undefined && { help }),
  }),
})
