import { defineMessage, type Span } from '../diagnostic.ts'

export const E0804 = defineMessage<{
  place: string
  read: string
  labels: readonly string[]
  suggestion?: string
  also: string
  span?: Span
}>({
  code: 'E0804',
  title: 'a label is not in the label set',
  explanation: `A class has a fixed list of labels, in the order of the classes; the data may hold no others.

Fails (a row of train.tsv says "postive"):
    label = class(column("label"), ["negative", "positive"])

Passes: the row corrected, or the label added to the list.`,
  build: ({ place, read, labels, suggestion, also, span }) => ({
    message: `${place}: ${read === '' ? 'an empty field' : `\`${read}\``} is not one of the labels`,
    help: `${suggestion === undefined ? '' : `did you mean \`${suggestion}\`? `}the labels are ${list(labels)}${also}`,
    ...(span === undefined ? {} : { span, label: 'the labels' }),
  }),
})

function list(labels: readonly string[]): string {
  const shown = labels.slice(0, 12).map((label) => `\`${label}\``)
  return labels.length > 12 ? `${shown.join(', ')} and ${labels.length - 12} more` : shown.join(', ')
}
