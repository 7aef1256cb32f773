import { defineMessage, type Span } from '../diagnostic.ts'

export const E0209 = defineMessage<{ span: Span; problem: string; help?: string | undefined }>({
  code: 'E0209',
  title: 'a head that is not one',
  explanation: `In \`heads { }\`, each line gives a name to a call of a \`head\`.

Fails:
    heads { task = 3 }

Passes:
    heads { task = classifier(2) }`,
  build: ({ span, problem, help }) => ({
    message: problem,
    span,
    ...(help === undefined ? {} : { help }),
  }),
})
