import { defineMessage, type Span } from '../diagnostic.ts'

export const E0811 = defineMessage<{ path: string; known: readonly string[]; span?: Span }>({
  code: 'E0811',
  title: 'the format of a data file is not known',
  explanation: `The extension of a file says how it is read: .tsv, .csv, .jsonl (or .ndjson), .parquet, .conll, .txt; SQuAD's .json where the label is a span. Elsewhere the data block has to say it.

Fails:
    data labelled { train = "train.data", ... }

Passes:
    data labelled { train = "train.data", format = tsv, ... }`,
  build: ({ path, known, span }) => ({
    message: `the format of \`${path}\` is not known`,
    help: `say it with \`format = ...\`: ${known.join(', ')}`,
    ...(span === undefined ? {} : { span, label: 'this file' }),
  }),
})
