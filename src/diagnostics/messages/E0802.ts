import { defineMessage, type Span } from '../diagnostic.ts'

export const E0802 = defineMessage<{
  place: string
  column: string
  columns: readonly string[]
  suggestion?: string
  span?: Span
}>({
  code: 'E0802',
  title: 'a data file has no such column',
  explanation: `The first line of a TSV or CSV file names its columns; each line of a JSON lines file is an object with the columns as keys.

Fails (the file begins with "sentence<TAB>label"):
    data labelled { train = "train.tsv", text = column("sentense"), ... }

Passes:
    data labelled { train = "train.tsv", text = column("sentence"), ... }`,
  build: ({ place, column, columns, suggestion, span }) => ({
    message: `${place}: there is no column \`${column}\``,
    help: `${suggestion === undefined ? '' : `did you mean \`${suggestion}\`? `}the first line names the columns: ${columns.map((c) => `\`${c}\``).join(', ')}`,
    ...(span === undefined ? {} : { span, label: 'asked for here' }),
  }),
})
