import { defineMessage } from '../diagnostic.ts'

export const E0930 = defineMessage<{ path: string; problem: string }>({
  code: 'E0930',
  title: 'this folder of a model cannot be used',
  explanation: `\`distill new --from FOLDER\` reads config.json (architecture, sizes, activation, labels), the names and shapes of the weights, and the vocabulary of a
folder as transformers writes it. BERT, DistilBERT, ALBERT and TinyBERT can be read; the weights must have the shapes that config.json says.

Fails:
    distill new --from gpt2

Passes:
    distill new --from bert-base-uncased`,
  build: ({ path, problem }) => ({
    message: `\`${path}\` cannot be used: ${problem}`,
    help: 'give the folder of a BERT, DistilBERT, ALBERT or TinyBERT with config.json, its weights and its vocabulary',
  }),
})
