import { defineMessage, type Span } from '../diagnostic.ts'

export const E0006 = defineMessage<{
  span: Span
  expected: string
  found: string
  help?: string | undefined
}>({
  code: 'E0006',
  title: 'an item does not end where it should',
  explanation: `Items of a block end at a newline or a comma, arguments at a comma. What stands here belongs to neither the item before
it nor to a new one.

Fails:
    model small = bert_base with { layers = 4 hidden_size = 312 }

Passes:
    model small = bert_base with { layers = 4, hidden_size = 312 }`,
  build: ({ span, expected, found, help }) => ({
    message: `expected ${expected}, found ${found}`,
    span,
    label: `expected ${expected}`,
    ...(help !== undefined && { help }),
  }),
})
