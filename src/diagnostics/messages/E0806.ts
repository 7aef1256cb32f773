import { defineMessage, type Span } from '../diagnostic.ts'

export const E0806 = defineMessage<{ path: string; found: string; span?: Span }>({
  code: 'E0806',
  title: 'there is no data',
  explanation: `A file without a single example is nearly always a mistake: a failed download, or a filter that let nothing through.

Fails:
    a train.tsv that holds only "sentence<TAB>label"

Passes:
    a train.tsv with at least one row`,
  build: ({ path, found, span }) => ({
    message: `\`${path}\` has no examples: ${found}`,
    help: 'at least one example is needed',
    ...(span === undefined ? {} : { span, label: 'named here' }),
  }),
})
