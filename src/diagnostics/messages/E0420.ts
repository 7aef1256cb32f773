import { defineMessage, type Span } from '../diagnostic.ts'

export const E0420 = defineMessage<{ span: Span; path: string; model: string }>({
  code: 'E0420',
  title: 'an init line reaches no parameter',
  explanation: `The path exists, but nothing at or under it has parameters of its own.

Fails:
    student S : bert_base { init { embedding.output from ones() } }

Passes:
    student S : bert_base { init { embedding.norm.scale from ones() } }`,
  build: ({ span, path, model }) => ({ message: `\`${path}\` has no parameters in ${model}`, span }),
})
