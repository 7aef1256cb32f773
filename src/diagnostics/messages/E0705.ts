import { defineMessage, type Span } from '../diagnostic.ts'

export const E0705 = defineMessage<{ span: Span; from: number; to: number }>({
  code: 'E0705',
  title: 'a family without members',
  explanation: `The range of a family counts up and has at least one member.

Fails:
    stage climb[m] for m in 4..1 { minimize imitate }

Passes:
    stage climb[m] for m in 1..4 { minimize imitate }`,
  build: ({ span, from, to }) => ({ message: `${from}..${to} has no members`, span }),
})
