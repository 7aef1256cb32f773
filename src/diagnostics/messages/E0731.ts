import { defineMessage, type Span } from '../diagnostic.ts'

export const E0731 = defineMessage<{
  metric: string
  reason: string
  available: readonly string[]
  span?: Span
}>({
  code: 'E0731',
  title: 'this metric cannot be measured here',
  explanation: `accuracy, f1 and matthews compare classes, mse, pearson and spearman numbers, perplexity and masked_accuracy masked tokens. A metric
is measured for a model that has a head of that kind, on validation (or test) data of that kind.

Fails:
    stage s { ..., data = ratings, evaluate = [accuracy] }           where ratings has number labels

Passes:
    stage s { ..., data = ratings, evaluate = [pearson, spearman] }`,
  build: ({ metric, reason, available, span }) => ({
    message: `${metric} cannot be measured: ${reason}`,
    ...(span === undefined ? {} : { span }),
    help:
      available.length === 0
        ? 'give the data block labels and validation = "..."'
        : `can be measured here: ${available.join(', ')}`,
  }),
})
