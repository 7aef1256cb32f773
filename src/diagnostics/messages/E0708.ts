import { defineMessage, type Span } from '../diagnostic.ts'

export const E0708 = defineMessage<{ span: Span; stage: string; why: string; help: string }>({
  code: 'E0708',
  title: 'a stage that trains nothing',
  explanation: `At least one parameter is trained, and the loss has to depend on it through operations that have a gradient.

Fails:
    stage s { minimize mse(T.hidden[1], T.hidden[2]) }

Passes:
    stage s { train T, minimize mse(T.hidden[1], T.hidden[2]) }`,
  build: ({ span, stage, why, help }) => ({
    message: `stage \`${stage}\` trains nothing: ${why}`,
    span,
    help,
  }),
})
