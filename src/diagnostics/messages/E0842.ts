import { defineMessage, type Span } from '../diagnostic.ts'

export const E0842 = defineMessage<{ span: Span; label: string; first: Span }>({
  code: 'E0842',
  title: 'a label is listed twice',
  explanation: `The place of a label in the list is its number, so each may be there once.

Fails:
    data d { train = "a.tsv", text = column("text"), label = class(column("label"), ["no", "yes", "no"]), tokenizer = "weights/bert-base" }

Passes:
    data d { train = "a.tsv", text = column("text"), label = class(column("label"), ["no", "yes"]), tokenizer = "weights/bert-base" }`,
  build: ({ span, label, first }) => ({
    message: `the label "${label}" is listed twice`,
    span,
    secondary: [{ span: first, text: 'the first time' }],
  }),
})
