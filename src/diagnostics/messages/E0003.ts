import { defineMessage, type Span } from '../diagnostic.ts'

export const E0003 = defineMessage<{ span: Span }>({
  code: 'E0003',
  title: 'a text without its end',
  explanation: `A text stands between two " on one line. Write \\" for a quote inside it, \\\\ for a backslash and \\n for a newline.

Fails:
    setting task = "sst2

Passes:
    setting task = "sst2"`,
  build: ({ span }) => ({
    message: 'this text has no end',
    span,
    label: 'expected `"` before the end of the line',
  }),
})
