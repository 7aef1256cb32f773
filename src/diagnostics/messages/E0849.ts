import { defineMessage, type Span } from '../diagnostic.ts'

export const E0849 = defineMessage<{
  span: Span
  data: string
  target: string
  needs: string
  from: Span
  loss: string | undefined
}>({
  code: 'E0849',
  title: 'the data does not provide what a loss reads',
  explanation: `\`batch.label\`, \`batch.original\`, \`batch.order\`, \`batch.start\`, \`batch.end\` and \`batch.tags\` come from the data of the stage.

Fails:
    loss hard = cross_entropy(S.mlm.logits, batch.original) where masked
    stage s { minimize hard, data = labelled }          // labelled has no mask { }

Passes:
    data corpus { train = "wiki.txt", text = lines, tokenizer = "weights/bert-base", mask { probability = 15% } }
    stage s { minimize hard, data = corpus }`,
  build: ({ span, data, target, needs, from, loss }) => ({
    message: `${loss === undefined ? 'the loss' : `loss \`${loss}\``} reads \`${target}\`, which data \`${data}\` does not have`,
    span,
    label: 'read here',
    secondary: [{ span: from, text: `data \`${data}\`` }],
    help: needs,
  }),
})
