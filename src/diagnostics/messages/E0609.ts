import { defineMessage, type Span } from '../diagnostic.ts'

export const E0609 = defineMessage<{ span: Span; name: string; similar?: string | undefined }>({
  code: 'E0609',
  title: 'an unknown target',
  explanation: `Targets: batch.label, batch.original, batch.order, batch.start, batch.end, batch.tags.

Fails:
    cross_entropy(S.task.logits, batch.lable)

Passes:
    cross_entropy(S.task.logits, batch.label)`,
  build: ({ span, name, similar }) => ({
    message: `a batch has no \`${name}\``,
    span,
    ...(similar === undefined ? {} : { label: `did you mean \`${similar}\`?` }),
  }),
})
