import { defineMessage, type Span } from '../diagnostic.ts'

export const E0706 = defineMessage<{
  span: Span
  name: string
  suggestion: string | undefined
  known: readonly string[]
}>({
  code: 'E0706',
  title: 'nothing trainable of that name',
  explanation: `\`train\`, \`freeze\` and \`except\` name parameters: of a student, a teacher or a projection.

Fails:
    stage s { train tinybert_4, minimize imitate }      // a model, not a student

Passes:
    stage s { train S, minimize imitate }`,
  build: ({ span, name, suggestion, known }) => ({
    message: `\`${name}\` is no student, teacher or projection`,
    span,
    ...(suggestion === undefined
      ? known.length === 0
        ? {}
        : { help: `known here: ${known.join(', ')}` }
      : { label: `did you mean \`${suggestion}\`?` }),
  }),
})
