import { defineMessage, type Span } from '../diagnostic.ts'

export const E0212 = defineMessage<{ span: Span }>({
  code: 'E0212',
  title: 'a loss suffix inside a model',
  explanation: `Suffixes say how a loss is averaged; the tensors of a model are not averaged.

Fails:
    model m { a = mean(x) per token }

Passes:
    loss l = mean(S.a) per token`,
  build: ({ span }) => ({
    message: '`per`, `where` and `within` belong to losses, not to a model',
    span,
    label: 'not inside a model',
  }),
})
