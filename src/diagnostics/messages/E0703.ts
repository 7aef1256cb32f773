import { defineMessage, type Span } from '../diagnostic.ts'

export const E0703 = defineMessage<{
  span: Span
  name: string
  suggestion: string | undefined
  known: readonly string[]
}>({
  code: 'E0703',
  title: 'no such stage',
  explanation: `\`after\` names a stage of the file, or a family of stages.

Fails:
    stage b after aa { minimize imitate }

Passes:
    stage a { minimize imitate }
    stage b after a { minimize imitate }`,
  build: ({ span, name, suggestion, known }) => ({
    message: `there is no stage \`${name}\``,
    span,
    ...(suggestion === undefined
      ? known.length === 0
        ? {}
        : { help: `known here: ${known.join(', ')}` }
      : { label: `did you mean \`${suggestion}\`?` }),
  }),
})
