import { defineMessage, type Span } from '../diagnostic.ts'

export const E0818 = defineMessage<{ path: string; column: string; flat: readonly string[]; span?: Span }>({
  code: 'E0818',
  title: 'a column of a Parquet file is nested',
  explanation: `A column is one text, number or truth value a row. Lists and records (\`list<string>\`, \`struct<...>\`) of a Parquet file are not read:
write such data as JSON lines, where a list of words is a JSON list.

Fails:
    data d { train = "train.parquet", text = column("tokens"), ... }     // tokens: list<string>

Passes:
    data d { train = "train.parquet", text = column("sentence"), ... }
    data d { train = "train.jsonl", text = column("tokens"), label = tags(...), ... }`,
  build: ({ path, column, flat, span }) => ({
    message: `column \`${column}\` of \`${path}\` holds lists or records`,
    help: `columns that can be read: ${flat.length === 0 ? 'none' : flat.join(', ')}; write lists as JSON lines`,
    ...(span === undefined ? {} : { span, label: 'this column' }),
  }),
})
