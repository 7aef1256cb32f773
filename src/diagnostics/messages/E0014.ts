import { defineMessage, type Span } from '../diagnostic.ts'

export const E0014 = defineMessage<{ span: Span; deepest: number }>({
  code: 'E0014',
  title: 'brackets nested too deeply',
  explanation: `Brackets may be nested 200 deep. Give inner pieces a name: a \`def\`, a \`loss\`, or a name of the model.

Fails:
    loss a = ((((((... 201 of them ...))))))

Passes:
    def inner(x) = (x + 1) * 2
    loss a = inner(inner(3))`,
  build: ({ span, deepest }) => ({
    message: `brackets are nested more than ${deepest} deep`,
    span,
    help: 'give inner pieces a name',
  }),
})
