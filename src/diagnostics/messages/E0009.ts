import { defineMessage, type Span } from '../diagnostic.ts'

export const E0009 = defineMessage<{ span: Span; word: string; first: Span }>({
  code: 'E0009',
  title: 'a suffix given twice',
  explanation: `A call or a parenthesis takes each of per, where and within once. Several axes go into one \`per\`.

Fails:
    loss a = kl(S.scores[1], T.scores[1]) per head per token

Passes:
    loss a = kl(S.scores[1], T.scores[1]) per (head, token)`,
  build: ({ span, word, first }) => ({
    message: `\`${word}\` is given twice`,
    span,
    secondary: [{ span: first, text: 'it was given here' }],
    ...(word === 'per' && { help: 'several axes are written `per (head, token)`' }),
  }),
})
