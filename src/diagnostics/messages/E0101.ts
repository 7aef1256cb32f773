import { defineMessage, type Span } from '../diagnostic.ts'

export const E0101 = defineMessage<{ span: Span; name: string; similar?: string | undefined }>({
  code: 'E0101',
  title: 'a name that nothing has',
  explanation: `The name is neither declared in this file, nor imported, nor a name of the model, nor built in.

Fails:
    loss hard = cross_entrpy(S.task.logits, batch.label)

Passes:
    loss hard = cross_entropy(S.task.logits, batch.label)`,
  build: ({ span, name, similar }) => ({
    message: `unknown name \`${name}\``,
    span,
    ...(similar === undefined ? {} : { label: `did you mean \`${similar}\`?` }),
  }),
})
