import { defineMessage, type Span } from '../diagnostic.ts'

export const E0214 = defineMessage<{ span: Span; what: string }>({
  code: 'E0214',
  title: 'an item that has no place here',
  explanation: `Taps, sharing, factorization, names tables, requirements and initialisation speak about the
whole model, by paths.

Fails:
    model m { block { share layer[*] in 1 group } }

Passes:
    model m { share layer[*] in 1 group }`,
  build: ({ span, what }) => ({
    message: `\`${what}\` stands at the top of a model, not inside a block`,
    span,
    label: 'not here',
  }),
})
