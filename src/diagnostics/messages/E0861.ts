import { defineMessage, type Span } from '../diagnostic.ts'

export const E0861 = defineMessage<{ span: Span; data: string; problem: string; help: string }>({
  code: 'E0861',
  title: 'this model cannot propose words',
  explanation: `\`proposals\` names a masked language model: a head of a teacher that scores the pieces of the data's own vocabulary at each token. The stage that uses
the data may not train that teacher.

Fails:
    teacher T : bert_base { heads { task = classifier(labelled.label) } }
    data augmented = labelled with { augment { proposals = T.task } }

Passes:
    teacher G : bert_base { weights = "weights/bert-base", heads { mlm = masked_lm(tied = embedding.word) } }
    data augmented = labelled with { augment { proposals = G.mlm } }`,
  build: ({ span, data, problem, help }) => ({
    message: `data \`${data}\` cannot be augmented by this: ${problem}`,
    span,
    label: 'not a masked language model that can be used here',
    help,
  }),
})
