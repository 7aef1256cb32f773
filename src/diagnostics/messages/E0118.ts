import { defineMessage, type Span } from '../diagnostic.ts'

export const E0118 = defineMessage<{ span: Span; name: string; role: string; similar?: string | undefined }>({
  code: 'E0118',
  title: 'an unknown setting of a teacher or student',
  explanation: `A teacher or student takes weights, heads, init, dropout, precision and fidelity.

Fails:
    teacher T : bert_base { weigths = "weights/bert-base" }

Passes:
    teacher T : bert_base { weights = "weights/bert-base" }`,
  build: ({ span, name, role, similar }) => ({
    message: `a ${role} has no setting \`${name}\``,
    span,
    ...(similar === undefined ? {} : { label: `did you mean \`${similar}\`?` }),
  }),
})
