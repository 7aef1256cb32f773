import { defineMessage, type Span } from '../diagnostic.ts'

export const E0901 = defineMessage<{ path: string; found: string; span?: Span }>({
  code: 'E0901',
  title: 'there are no weights at this place',
  explanation: `Weights are a safetensors file, a \`pytorch_model.bin\`, the index of a sharded one, or a folder that holds one of them (\`model.safetensors\`
first). Paths are relative to the file that says them.

Fails (the folder was never downloaded):
    teacher T : bert_base { weights = "weights/bert-bas" }

Passes:
    teacher T : bert_base { weights = "weights/bert-base" }`,
  build: ({ path, found, span }) => ({
    message: `no weights at \`${path}\`: ${found}`,
    help: 'a folder with model.safetensors or pytorch_model.bin, or such a file, must be there; --random-weights stands in for it',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})
