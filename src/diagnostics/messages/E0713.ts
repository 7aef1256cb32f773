import { defineMessage, type Span } from '../diagnostic.ts'

export const E0713 = defineMessage<{ span: Span; found: string }>({
  code: 'E0713',
  title: 'not a rate',
  explanation: `A rate is constant(r), linear(r, warmup = 10%), or a number that may mention progress, step and epoch.

Fails:
    stage s { minimize imitate, optimizer = adamw(rate = "fast") }

Passes:
    stage s { minimize imitate, optimizer = adamw(rate = linear(1e-4, warmup = 10%)) }`,
  build: ({ span, found }) => ({
    message: `a rate cannot be ${found}`,
    span,
    help: 'constant(1e-4), linear(1e-4, warmup = 10%), or an expression in progress, step or epoch',
  }),
})
