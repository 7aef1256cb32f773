import { defineMessage, type Span } from '../diagnostic.ts'

export const E0601 = defineMessage<{ span: Span; suffix: string }>({
  code: 'E0601',
  title: 'a suffix that reaches nothing',
  explanation: `A suffix reaches the primitives of its call, through \`def\` bodies, that have none of their own.
A declared \`loss\` is closed.

Fails:
    loss l = (5 * hard) where masked      // \`hard\` is a declared loss, closed

Passes:
    loss l = 5 * hard
    loss hard = cross_entropy(S.mlm.logits, batch.original) where masked`,
  build: ({ span, suffix }) => ({
    message: `\`${suffix}\` reaches nothing that it could change`,
    span,
    label: 'reaches nothing',
  }),
})
