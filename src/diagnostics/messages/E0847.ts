import { defineMessage, type Span } from '../diagnostic.ts'

export const E0847 = defineMessage<{
  span: Span
  data: string
  member: string
  suggestion: string | undefined
  why: string
}>({
  code: 'E0847',
  title: 'data has no such member',
  explanation: `A data block has the members label (its classes), vocabulary and tokenizer.

Fails:
    data d { train = "a.tsv", text = column("text"), tokenizer = "weights/bert-base" }
    teacher T : bert_base { heads { task = classifier(d.label) } }

Passes:
    data d { train = "a.tsv", text = column("text"), label = class(column("label"), ["no", "yes"]), tokenizer = "weights/bert-base" }
    teacher T : bert_base { heads { task = classifier(d.label) } }`,
  build: ({ span, data, member, suggestion, why }) => ({
    message: `data \`${data}\` has no ${member}`,
    span,
    ...(suggestion === undefined ? {} : { label: `did you mean \`${suggestion}\`?` }),
    ...(why === '' ? {} : { help: why }),
  }),
})
