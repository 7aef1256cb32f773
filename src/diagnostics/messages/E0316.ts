import { defineMessage, type Span } from '../diagnostic.ts'

export const E0316 = defineMessage<{ span: Span; operation: string; over: string }>({
  code: 'E0316',
  title: 'probabilities where logits are wanted',
  explanation: `kl and the first argument of cross_entropy apply the softmax themselves; a second one would
flatten the distribution silently.

Fails:
    loss l = kl(softmax(s), softmax(t))

Passes:
    loss l = kl(s, t)`,
  build: ({ span, operation, over }) => ({
    message: `\`${operation}\` takes logits, found probabilities (a softmax over ${over})`,
    span,
    label: 'a softmax already',
  }),
})
