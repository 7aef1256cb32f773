import { defineMessage } from '../diagnostic.ts'

export const E1004 = defineMessage<{ model: string; needs: string; heads: readonly string[] }>({
  code: 'E1004',
  title: 'a model has no head for this',
  explanation: `\`distill predict\` reads answers from a model's head: a label or a number of a text, tags of its words, spans, words for [MASK]. A model
without such a head (a bare encoder) has nothing to answer.

Fails:
    student S : tinybert_4
    distill predict runs/a --model S

Passes:
    student S : tinybert_4 { heads { task = classifier(labelled.label) } }`,
  build: ({ model, needs, heads }) => ({
    message: `${model} has no ${needs}`,
    help: heads.length > 0 ? `its heads: ${heads.join(', ')}` : 'it has no heads',
  }),
})
