import { defineMessage, type Span } from '../diagnostic.ts'

export const E0008 = defineMessage<{ span: Span; text: string }>({
  code: 'E0008',
  title: 'a closing bracket without an opening one',
  explanation: `This bracket closes nothing: there is one too many, or its partner is missing further up.

Fails:
    loss imitate = soften(S.task.logits, T.task.logits))

Passes:
    loss imitate = soften(S.task.logits, T.task.logits)`,
  build: ({ span, text }) => ({
    message: `\`${text}\` closes nothing`,
    span,
    label: 'there is no open bracket for it',
  }),
})
