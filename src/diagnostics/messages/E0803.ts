import { defineMessage, type Span } from '../diagnostic.ts'

export const E0803 = defineMessage<{
  place: string
  expected: number
  found: number
  read: string
  also: string
  separator: string
  span?: Span
}>({
  code: 'E0803',
  title: 'a row has another number of fields than the header',
  explanation: `Every row has as many fields as the first line has columns. In a TSV file a tab always separates, quotes mean nothing.

Fails (no tab in the second line):
    sentence<TAB>label
    a fine film positive

Passes:
    sentence<TAB>label
    a fine film<TAB>positive`,
  build: ({ place, expected, found, read, also, separator, span }) => ({
    message: `${place}: ${found} field${found === 1 ? '' : 's'} where the header has ${expected}: ${read}`,
    help: `fields are separated by ${separator}${also}`,
    ...(span === undefined ? {} : { span, label: 'read from here' }),
  }),
})
