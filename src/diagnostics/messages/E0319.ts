import { defineMessage, type Span } from '../diagnostic.ts'

export const E0319 = defineMessage<{
  head: string
  file: string
  found: readonly string[]
  data: string
  labels: readonly string[]
  at: number
  tags: boolean
  labelFile?: string
  span?: Span
  dataSpan: Span
}>({
  code: 'E0319',
  title: 'labels of weights in another order',
  explanation: `A folder of weights says in config.json (\`id2label\`) which of its head's classes is which. The data counts the same labels in another
order, so what the model calls 0 would be taken for 1. Labels that config.json calls LABEL_0, LABEL_1 ... are not compared.

Fails:
    weights/reviews/config.json: "id2label": { "0": "positive", "1": "negative" }
    data d { ..., label = class(column("label"), ["negative", "positive"]) }
    teacher T : bert_base { weights = "weights/reviews", heads { task = classifier(d.label) } }

Passes:
    data d { ..., label = class(column("label"), ["positive", "negative"]) }`,
  build: ({ head, file, found, data, labels, at, tags, labelFile, span, dataSpan }) => {
    const names = found.map((name) => JSON.stringify(exactly(name, labels)))
    const shown = names.length > 12 ? [...names.slice(0, 8), `and ${names.length - 8} more`] : names
    const list = `[${shown.join(', ')}]`
    return {
      message: `the labels of ${head} stand in another order in ${file} than in data \`${data}\``,
      ...(span === undefined ? {} : { span, label: `class ${at} is ${found[at]}` }),
      secondary: [{ span: dataSpan, text: `class ${at} is ${labels[at]}` }],
      help:
        labelFile === undefined
          ? `write them in the order that the weights were trained with: ${tags ? 'tags' : 'class'}(column(...), ${list})`
          : `put the lines of ${labelFile} in the order that the weights were trained with: ${list}`,
    }
  },
})

/** As the data spells it. */
function exactly(name: string, labels: readonly string[]): string {
  const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  return labels.includes(name) ? name : (labels.find((label) => plain(label) === plain(name)) ?? name)
}
