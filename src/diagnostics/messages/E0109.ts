import { defineMessage, type Span } from '../diagnostic.ts'

export const E0109 = defineMessage<{ span: Span; problem: string; help?: string | undefined }>({
  code: 'E0109',
  title: 'wrong arguments',
  explanation: `Arguments are given in order or by name (\`temperature = 2\`); those without a default must be
given, unknown ones are errors.

Fails:
    loss soft = soften(S.task.logits)

Passes:
    loss soft = soften(S.task.logits, T.task.logits)`,
  build: ({ span, problem, help }) => ({
    message: problem,
    span,
    ...(help === undefined ? {} : { help }),
  }),
})
