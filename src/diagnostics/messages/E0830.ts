import { defineMessage, type Span } from '../diagnostic.ts'

export const E0830 = defineMessage<{
  model: string
  rows: number
  data: string
  pieces: number
  span: Span
  modelSpan: Span
}>({
  code: 'E0830',
  title: 'a vocabulary is larger than a model takes',
  explanation: `The tokenizer of the data gives ids that the model has no embedding for. \`vocabulary = DATA.vocabulary\` in a model takes the size from
the data.

Fails:
    data d { ..., tokenizer = "weights/multilingual" }              119,547 pieces
    student S : bert_base                                           30,522 rows

Passes:
    model multilingual = bert_base with { vocabulary = 119_547 }`,
  build: ({ model, rows, data, pieces, span, modelSpan }) => ({
    message: `the tokenizer of ${data} has ${pieces.toLocaleString('en-US')} pieces, but ${model} takes ${rows.toLocaleString('en-US')}`,
    span,
    label: `${pieces.toLocaleString('en-US')} pieces`,
    secondary: [{ span: modelSpan, text: `vocabulary = ${rows}` }],
    help: `give the model the size of the data's vocabulary (vocabulary = ${data}.vocabulary), or the data the model's tokenizer`,
  }),
})
