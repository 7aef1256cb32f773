import { defineMessage, type Span } from '../diagnostic.ts'

export const E0321 = defineMessage<{
  model: string
  file: string
  data: string
  /** Where the data's pieces come from. */
  source: string
  at: number
  /** Absent: the list is over. */
  found: string | undefined
  piece: string | undefined
  folder: string
  span?: Span
  dataSpan: Span
}>({
  code: 'E0321',
  title: 'weights with another vocabulary',
  explanation: `The rows of an embedding stand for the pieces of the tokenizer that it was trained with. Beside the weights lies a tokenizer (vocab.txt,
spiece.model or tokenizer.json) with other pieces than that of the data, so every text would be read as other words, even where both are of one size.
Rows that were kept free ([unused7]) may have pieces of one's own.

Fails:
    data d { ..., tokenizer = "weights/bert-base-cased" }
    teacher T : bert_base { weights = "weights/bert-base-uncased" }
    stage s { data = d, minimize mse(S.hidden[6], T.hidden[12]) }

Passes:
    data d { ..., tokenizer = "weights/bert-base-uncased" }`,
  build: ({ model, file, data, source, at, found, piece, folder, span, dataSpan }) => {
    const said = (one: string | undefined): string => (one === undefined ? 'nothing' : `\`${one}\``)
    return {
      message: `the weights of ${model} and data \`${data}\` have different vocabularies: piece ${at} is ${said(found)} in ${file} and ${said(piece)} in ${source}`,
      ...(span === undefined ? {} : { span, label: `piece ${at} is ${said(found)}` }),
      secondary: [{ span: dataSpan, text: `piece ${at} is ${said(piece)}` }],
      help: `read the data with the tokenizer of the weights, the one of ${folder}, or take weights of this vocabulary`,
    }
  },
})
