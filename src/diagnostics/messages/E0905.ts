import { defineMessage, type Span } from '../diagnostic.ts'

export const E0905 = defineMessage<{
  path: string
  name: string
  suggestion?: string
  count: number
  span?: Span
}>({
  code: 'E0905',
  title: 'a tensor is not in the file',
  explanation: `The file holds other tensors than the one asked for.

Fails:
    reading \`encoder.layer.12.output.dense.weight\` from a BERT of 12 layers, which are numbered 0 to 11

Passes:
    reading \`encoder.layer.11.output.dense.weight\``,
  build: ({ path, name, suggestion, count, span }) => ({
    message: `\`${path}\` has no tensor \`${name}\``,
    help: `${suggestion === undefined ? '' : `did you mean \`${suggestion}\`? `}it holds ${count} tensor${count === 1 ? '' : 's'}`,
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})
