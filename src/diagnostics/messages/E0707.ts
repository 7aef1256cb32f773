import { defineMessage, type Span } from '../diagnostic.ts'

export const E0707 = defineMessage<{
  span: Span
  verb: string
  named: string
  other: string
  sharedSpan: Span
}>({
  code: 'E0707',
  title: 'a part of a shared parameter',
  explanation: `Layers that share a parameter are trained or frozen together, so all of its places have to be named.

Fails:
    model one = bert_base with { share layer[*] in 1 group }
    student S : one
    stage s { train S.layer[1], minimize imitate }

Passes:
    stage s { train S.layer[*], minimize imitate }`,
  build: ({ span, verb, named, other, sharedSpan }) => ({
    message: `\`${named}\` is shared with \`${other}\`, which this does not name`,
    span,
    secondary: [{ span: sharedSpan, text: 'shared here' }],
    help: `${verb} both, or neither`,
  }),
})
