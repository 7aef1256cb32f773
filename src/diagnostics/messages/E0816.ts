import { defineMessage, type Span } from '../diagnostic.ts'

export const E0816 = defineMessage<{
  place: string
  column: string
  positions: readonly number[]
  span?: Span
}>({
  code: 'E0816',
  title: 'a column that is asked for stands in the file more than once',
  explanation: `Columns are found by name, so the name of a column that is read must be there once. Others may repeat.

Fails (the file begins with "text<TAB>text<TAB>label"):
    data labelled { train = "train.tsv", text = column("text"), ... }

Passes (the file begins with "title<TAB>text<TAB>label"):
    data labelled { train = "train.tsv", text = column("text"), ... }`,
  build: ({ place, column, positions, span }) => ({
    message: `${place}: there are ${positions.length} columns \`${column}\`, numbers ${positions.join(' and ')}`,
    help: 'rename all but one in the first line of the file',
    ...(span === undefined ? {} : { span, label: 'asked for here' }),
  }),
})
