import { defineMessage, type Span } from '../diagnostic.ts'

export const E0716 = defineMessage<{
  span: Span
  name: string
  suggestion: string | undefined
  known: readonly string[]
}>({
  code: 'E0716',
  title: 'no such metric',
  explanation: `\`evaluate\` and \`keep\` name metrics that are computed on the validation data.

Fails:
    stage s { minimize imitate, keep = best(acuracy) }

Passes:
    stage s { minimize imitate, keep = best(accuracy) }`,
  build: ({ span, name, suggestion, known }) => ({
    message: `there is no metric \`${name}\``,
    span,
    ...(suggestion === undefined
      ? known.length === 0
        ? {}
        : { help: `known here: ${known.join(', ')}` }
      : { label: `did you mean \`${suggestion}\`?` }),
  }),
})
