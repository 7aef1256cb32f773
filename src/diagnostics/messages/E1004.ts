import { defineMessage } from '../diagnostic.ts'

export const E1004 = defineMessage<{ model: string; needs: string; heads: readonly string[] }>({
  code: 'E1004',
  title: 'a model has no head for this',
  explanation: `\`distill predict\` reads a label or a number from a model's head. A model without one (a bare encoder, a masked language model)
has nothing to answer.

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
