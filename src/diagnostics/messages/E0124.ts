import { defineMessage, type Span } from '../diagnostic.ts'

export const E0124 = defineMessage<{ span: Span; name: string; value: string; first: Span }>({
  code: 'E0124',
  title: 'a sweep takes a value twice',
  explanation: `A sweep trains every combination of the values that it lists. The same value again would be the same run again.

Fails:
    sweep { rate = [1e-4, 1e-4] }

Passes:
    sweep { rate = [1e-4, 3e-4] }

Several runs of one combination are seeds: distill train SPEC --seeds 3.`,
  build: ({ span, name, value, first }) => ({
    message: `the sweep takes \`${name}\` = ${value} twice`,
    span,
    secondary: [{ span: first, text: 'the first time' }],
    help: 'several runs of one combination are seeds: --seeds 3',
  }),
})
