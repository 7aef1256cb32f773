import { defineMessage, type Span } from '../diagnostic.ts'

export const E0013 = defineMessage<{ span: Span; text: string }>({
  code: 'E0013',
  title: 'an unknown escape in a text',
  explanation: `In a text, \\" is a quote, \\\\ a backslash, \\n a newline and \\t a tab. A backslash before anything else means nothing; paths
are written with / on every system.

Fails:
    data d { train = "data\\sst2\\train.tsv" }

Passes:
    data d { train = "data/sst2/train.tsv" }`,
  build: ({ span, text }) => ({
    message: `\`${text}\` means nothing in a text`,
    span,
    help: 'a backslash is written `\\\\`; paths are written with `/`',
  }),
})
