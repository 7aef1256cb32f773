import { defineMessage, type Span } from '../diagnostic.ts'

export const E0805 = defineMessage<{
  place: string
  read: string
  column: string
  also: string
  span?: Span
}>({
  code: 'E0805',
  title: 'a label is not a number',
  explanation: `\`number(column("score"))\` reads decimal numbers, such as 2.15, -4 or 1e-3.

Fails:
    sentence<TAB>score
    loud enough<TAB>two

Passes:
    sentence<TAB>score
    loud enough<TAB>2`,
  build: ({ place, read, column, also, span }) => ({
    message: `${place}: ${read === '' ? 'an empty field' : `\`${read}\``} is not a number`,
    help: `column \`${column}\` holds the label${also}`,
    ...(span === undefined ? {} : { span, label: 'a number is wanted' }),
  }),
})
