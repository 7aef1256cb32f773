import { defineMessage, type Span } from '../diagnostic.ts'

export const E0865 = defineMessage<{
  place: string
  column: string
  /** 1-based place in the list. */
  item: number
  found: 'nothing' | 'a list' | 'an object'
  also: string
  span?: Span
}>({
  code: 'E0865',
  title: 'a list of words or tags holds something else',
  explanation: `Words and tags are flat lists, with a text or a number for each word: none missing, and no list in a list.

Fails:
    {"tokens": ["New", null], "tags": ["B-location", "I-location"]}
    {"tokens": [["New", "York"], ["Paris"]], "tags": [["B-location", "I-location"], ["B-location"]]}

Passes:
    {"tokens": ["New", "York"], "tags": ["B-location", "I-location"]}
    {"tokens": ["Paris"], "tags": ["B-location"]}`,
  build: ({ place, column, item, found, also, span }) => ({
    message: `${place}: item ${item} of \`${column}\` is ${found}`,
    help: `each item is one word or one tag; a row is one sentence${also}`,
    ...(span === undefined ? {} : { span, label: 'the tags' }),
  }),
})
