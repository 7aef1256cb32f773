import { defineMessage, type Span } from '../diagnostic.ts'

export const E0906 = defineMessage<{ path: string; problem: string; span?: Span }>({
  code: 'E0906',
  title: 'the index of a sharded checkpoint does not fit its files',
  explanation: `\`model.safetensors.index.json\` has a \`weight_map\` from each tensor to the file that holds it. All those files must be
beside the index, and hold what it says.

Fails:
    {"weight_map": {"a": "model-00001-of-00002.safetensors"}}     without that file in the folder

Passes:
    the same index with the file beside it`,
  build: ({ path, problem, span }) => ({
    message: `the index \`${path}\` cannot be used: ${problem}`,
    help: 'download the folder again, with all its files',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})
