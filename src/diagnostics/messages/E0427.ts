import { defineMessage, type Span } from '../diagnostic.ts'

export const E0427 = defineMessage<{ span: Span; instance: string }>({
  code: 'E0427',
  title: 'a model initialised from itself',
  explanation: `Parameters come from another model, that is from one that does not in turn come from this one.

Fails:
    student S : tinybert_4 { init { layer[1] from S.layer[2] } }

Passes:
    student S : tinybert_4 { init { layer[1] from T.layer[2] } }`,
  build: ({ span, instance }) => ({ message: `\`${instance}\` would be initialised from itself`, span }),
})
