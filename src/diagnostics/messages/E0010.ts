import { defineMessage, type Span } from '../diagnostic.ts'

export const E0010 = defineMessage<{ span: Span }>({
  code: 'E0010',
  title: 'an argument without a name behind a named one',
  explanation: `Arguments without a name come first, in the order of the parameters; named ones follow in any order.

Fails:
    loss a = soften(temperature = 2, S.task.logits, T.task.logits)

Passes:
    loss a = soften(S.task.logits, T.task.logits, temperature = 2)`,
  build: ({ span }) => ({
    message: 'an argument without a name stands behind a named one',
    span,
    help: 'move it before the named ones, or give its name as well',
  }),
})
