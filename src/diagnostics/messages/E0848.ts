import { defineMessage, type Span } from '../diagnostic.ts'

export const E0848 = defineMessage<{ span: Span; data: string; path: string; help: string }>({
  code: 'E0848',
  title: 'a size that only a file knows',
  explanation: `The number of labels or of vocabulary entries is in a file that is not there yet; checking needs no files, so either put it there or write the number.

Fails:
    data d { train = "a.tsv", text = column("text"), label = class(column("label"), file("missing.txt")), tokenizer = "weights/bert-base" }

Passes:
    data d { train = "a.tsv", text = column("text"), label = class(column("label"), ["no", "yes"]), tokenizer = "weights/bert-base" }`,
  build: ({ span, data, path, help }) => ({
    message: `${data} is read from ${path}, which is not there`,
    span,
    help,
  }),
})
