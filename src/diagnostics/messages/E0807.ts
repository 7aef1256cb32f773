import { defineMessage, type Span } from '../diagnostic.ts'

export const E0807 = defineMessage<{ place: string; problem: string; help: string; span?: Span }>({
  code: 'E0807',
  title: 'a row cannot be read',
  explanation: `The row is not what the format of the file says: a JSON lines row that is no JSON object, a CSV quote that never ends, a
text that is no text.

Fails:
    {"sentence": "a fine film", "label": "positive"

Passes:
    {"sentence": "a fine film", "label": "positive"}`,
  build: ({ place, problem, help, span }) => ({
    message: `${place}: ${problem}`,
    help,
    ...(span === undefined ? {} : { span, label: 'read from here' }),
  }),
})
