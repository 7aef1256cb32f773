import { defineMessage, type Span } from '../diagnostic.ts'

export const E0004 = defineMessage<{
  span: Span
  opener: Span
  open: string
  close: string
  found: string | undefined
}>({
  code: 'E0004',
  title: 'a bracket that is never closed',
  explanation: `Each (, [ and { needs its ), ] or }. The place shown first is where the missing one was noticed; it may be missing
anywhere between that and the bracket shown second.

Fails:
    student S : tinybert_4 {
      heads { task = classifier(2) }
    loss imitate = soften(S.task.logits, T.task.logits)

Passes:
    student S : tinybert_4 {
      heads { task = classifier(2) }
    }
    loss imitate = soften(S.task.logits, T.task.logits)`,
  build: ({ span, opener, open, close, found }) => ({
    message: `\`${open}\` is never closed`,
    span,
    label:
      found === undefined
        ? `the file ends, and \`${close}\` is missing`
        : `expected \`${close}\` before this`,
    secondary: [{ span: opener, text: 'it was opened here' }],
  }),
})
