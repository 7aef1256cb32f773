import { defineMessage, type Span } from '../diagnostic.ts'

export const E0863 = defineMessage<{ span: Span; data: string; what: string }>({
  code: 'E0863',
  title: 'columns named where files have no need of names',
  explanation: `\`columns\` names the columns of TSV and CSV files that have no header line, as GLUE's CoLA has none. Other files say themselves what is in them, or have
no columns.

Fails:
    data d { train = "train.jsonl", columns = ["source", "text"], text = column("text"), ... }

Passes:
    data d { train = "train.tsv", columns = ["source", "text"], text = column("text"), ... }
    data d { train = "train.jsonl", text = column("text"), ... }`,
  build: ({ span, data, what }) => ({
    message: `data \`${data}\` names columns, but ${what}`,
    span,
    help: 'leave `columns` out: it is for TSV and CSV files without a header',
  }),
})
