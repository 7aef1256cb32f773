import { defineMessage, type Span } from '../diagnostic.ts'

export const E0818 = defineMessage<{
  path: string
  column: string
  holds: 'lists' | 'nested'
  /** Columns that could stand here. */
  readable: readonly string[]
  span?: Span
}>({
  code: 'E0818',
  title: 'a column of a Parquet file is nested',
  explanation: `A column is one text, number or truth value a row. Lists of those (\`list<string>\`, \`list<int64>\`) are read as the words and tags of a
block whose label is \`tags(...)\`, and nowhere else. Records and lists of lists of a Parquet file are not read.

Fails:
    data d { train = "train.parquet", text = column("tokens"), ... }     // tokens: list<string>

Passes:
    data d { train = "train.parquet", text = column("sentence"), ... }
    data d { train = "train.parquet", text = column("tokens"), label = tags(column("ner_tags"), ["O", ...], scheme = bio), ... }`,
  build: ({ path, column, holds, readable, span }) => ({
    message: `column \`${column}\` of \`${path}\` holds ${holds === 'lists' ? 'lists' : 'records, or lists of lists'}`,
    help: `columns that can be read here: ${readable.length === 0 ? 'none' : readable.join(', ')}${
      holds === 'lists' ? '; lists are words and tags, for a label that is `tags(...)`' : ''
    }`,
    ...(span === undefined ? {} : { span, label: 'this column' }),
  }),
})
