import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0211 = defineMessage<{ span: Span; problem: string; secondary?: readonly Label[] | undefined }>(
  {
    code: 'E0211',
    title: 'a weight that cannot be tied',
    explanation: `\`weight = PATH\` takes the matrix of another binding, which must have the shape that is needed
here.

Fails:
    logits = linear(x, vocabulary, axis = class, weight = pooler.output)

Passes:
    logits = linear(x, vocabulary, axis = class, weight = embedding.word)`,
    build: ({ span, problem, secondary }) => ({
      message: problem,
      span,
      ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    }),
  },
)
