import { defineMessage, type Span } from '../diagnostic.ts'

export const E0841 = defineMessage<{ span: Span; data: string; missing: string; help: string }>({
  code: 'E0841',
  title: 'a data block lacks a setting',
  explanation: `A data block says which files it reads (at least one of train, validation, test), what the text is and which tokenizer cuts it.

Fails:
    data corpus { train = "wiki.txt", text = lines }

Passes:
    data corpus { train = "wiki.txt", text = lines, tokenizer = "weights/bert-base" }`,
  build: ({ span, data, missing, help }) => ({
    message: `data \`${data}\` does not say ${missing}`,
    span,
    help,
  }),
})
