import { defineMessage, type Span } from '../diagnostic.ts'

export const E0843 = defineMessage<{ span: Span; count: number }>({
  code: 'E0843',
  title: 'too few labels',
  explanation: `A classification needs at least two labels.

Fails:
    data d { train = "a.tsv", text = column("text"), label = class(column("label"), []), tokenizer = "weights/bert-base" }

Passes:
    data d { train = "a.tsv", text = column("text"), label = class(column("label"), ["no", "yes"]), tokenizer = "weights/bert-base" }`,
  build: ({ span, count }) => ({
    message: count === 0 ? 'the list of labels is empty' : 'a class needs at least two labels, found one',
    span,
    help: 'list them in the order of their numbers: ["negative", "positive"], or give file("labels.txt")',
  }),
})
