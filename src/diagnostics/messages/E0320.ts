import { defineMessage, type Span } from '../diagnostic.ts'

export const E0320 = defineMessage<{
  head: string
  file: string
  found: readonly string[]
  data: string
  labels: readonly string[]
  at: number
  /** Is the file a run's own, which nobody edits? */
  byRun: boolean
  span?: Span
  dataSpan: Span
}>({
  code: 'E0320',
  title: 'weights with other labels',
  explanation: `A folder of weights says in config.json (\`id2label\`) what its head's classes are, and the data says something else, so the head was trained
for another task. Weights in a run's best/ are of the labels that the run noted. Case, spaces and signs do not count, labels of the data that are numbers stand for their order, and LABEL_0, LABEL_1 ... are not compared.

Fails:
    weights/mnli/config.json: "id2label": { "0": "entailment", "1": "neutral", "2": "contradiction" }
    data d { ..., label = class(column("label"), ["good", "fair", "bad"]) }
    teacher T : bert_base { weights = "weights/mnli", heads { task = classifier(d.label) } }

Passes:
    teacher T : bert_base { weights = "weights/reviews", heads { task = classifier(d.label) } }`,
  build: ({ head, file, found, data, labels, at, byRun, span, dataSpan }) => {
    const [own, other] = [found[at], labels[at]]
    const only = (name: string, count: number): string => `${name} has only ${count}`
    const [name] = head.split('.').slice(1)
    const entries = labels.map((label, k) => `"${k}": ${JSON.stringify(label)}`)
    const table = entries.length > 12 ? `${entries.slice(0, 8).join(', ')} ...` : entries.join(', ')
    return {
      message: `${head} has other labels in ${file} than in data \`${data}\`: class ${at} is ${own === undefined ? `${other}, where ${only(file, found.length)}` : other === undefined ? `${own}, where ${only(data, labels.length)}` : `${own} there and ${other} here`}`,
      ...(span === undefined
        ? {}
        : { span, label: own === undefined ? only('it', found.length) : `class ${at} is ${own}` }),
      secondary: [
        {
          span: dataSpan,
          text: other === undefined ? only('it', labels.length) : `class ${at} is ${other}`,
        },
      ],
      help: [
        ...(byRun ? [] : [`if they mean the same, say so in ${file}: "id2label": { ${table} }`]),
        `${byRun ? '' : 'else '}the head is of another task: take other weights, or start it anew: init { ${name}.** from normal(0.02) }`,
      ].join('\n'),
    }
  },
})
