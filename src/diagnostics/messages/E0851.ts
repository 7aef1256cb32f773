import { defineMessage, type Span } from '../diagnostic.ts'

export const E0851 = defineMessage<{
  span: Span
  model: string
  modelLabels: string
  data: string
  dataLabels: string
  modelSpan: Span
  dataSpan: Span
  help: string
}>({
  code: 'E0851',
  title: 'two label sets meet',
  explanation: `A classifier is trained on the labels that it was declared with: the same, in the same order.

Fails:
    teacher T : bert_base { heads { task = classifier(3) } }      // labelled has two
    stage s { train T, minimize cross_entropy(T.task.logits, batch.label), data = labelled }

Passes:
    teacher T : bert_base { heads { task = classifier(labelled.label) } }
    stage s { train T, minimize cross_entropy(T.task.logits, batch.label), data = labelled }`,
  build: ({ span, model, modelLabels, data, dataLabels, modelSpan, dataSpan, help }) => ({
    message: `${model} has ${modelLabels}, data \`${data}\` has ${dataLabels}`,
    span,
    label: 'they meet here',
    secondary: [
      { span: modelSpan, text: modelLabels },
      { span: dataSpan, text: dataLabels },
    ],
    help,
  }),
})
