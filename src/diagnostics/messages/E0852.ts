import { defineMessage, type Span } from '../diagnostic.ts'

export const E0852 = defineMessage<{ span: Span; data: string; found: string; needs: string; from: Span }>({
  code: 'E0852',
  title: 'a label of another type',
  explanation: `\`class\` labels go to cross_entropy, \`number\` labels to mse.

Fails:
    data d { train = "a.tsv", text = column("text"), label = number(column("score")), tokenizer = "weights/bert-base" }
    stage s { minimize cross_entropy(S.task.logits, batch.label), data = d }

Passes:
    stage s { minimize mse(S.score.value, batch.label), data = d }`,
  build: ({ span, data, found, needs, from }) => ({
    message: `this reads \`batch.label\` as ${needs}, but data \`${data}\` has ${found}`,
    span,
    secondary: [{ span: from, text: found }],
    help: 'classes go to cross_entropy, numbers to mse',
  }),
})
