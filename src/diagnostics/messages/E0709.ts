import { defineMessage, type Span } from '../diagnostic.ts'

export const E0709 = defineMessage<{ span: Span; instance: string; of: string; stage: string }>({
  code: 'E0709',
  title: 'a frozen copy cannot be trained',
  explanation: `\`teacher A = S after distil\` is a copy of what S was then; it stays as it is.

Fails:
    teacher A = S after distil
    stage s after distil { train A, minimize imitate }

Passes:
    teacher A = S after distil
    stage s after distil { train S, minimize imitate }`,
  build: ({ span, instance, of, stage }) => ({
    message: `\`${instance}\` is a frozen copy of \`${of}\` after \`${stage}\` and cannot be trained`,
    span,
  }),
})
