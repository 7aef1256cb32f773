import { defineMessage, type Span } from '../diagnostic.ts'

export const E0711 = defineMessage<{
  span: Span
  optimizer: string
  name: string
  suggestion: string | undefined
  known: readonly string[]
}>({
  code: 'E0711',
  title: 'an optimizer has no such argument',
  explanation: `All optimizers take rate, weight_decay and clip; adam and its kin betas and epsilon; lamb trust and bias_correction; sgd momentum.

Fails:
    stage s { minimize imitate, optimizer = adamw(rate = 1e-4, decay = 0.01) }

Passes:
    stage s { minimize imitate, optimizer = adamw(rate = 1e-4, weight_decay = 0.01) }`,
  build: ({ span, optimizer, name, suggestion, known }) => ({
    message: `${optimizer} has no argument \`${name}\``,
    span,
    ...(suggestion === undefined
      ? known.length === 0
        ? {}
        : { help: `known here: ${known.join(', ')}` }
      : { label: `did you mean \`${suggestion}\`?` }),
  }),
})
