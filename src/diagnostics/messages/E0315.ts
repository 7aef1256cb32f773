import { defineMessage, type Span } from '../diagnostic.ts'

export const E0315 = defineMessage<{ span: Span; logits: string; over: string; labels: string }>({
  code: 'E0315',
  title: 'labels of other axes',
  explanation: `Labels have every axis of the logits but the one that the classes stand on.

Fails:
    loss l = cross_entropy(S.mlm.logits, batch.label)

Passes:
    loss l = cross_entropy(S.mlm.logits, batch.original)`,
  build: ({ span, logits, over, labels }) => ({
    message: `cross_entropy of ${logits} over ${over} needs labels without ${over}, found ${labels}`,
    span,
    label: 'labels of other axes',
  }),
})
