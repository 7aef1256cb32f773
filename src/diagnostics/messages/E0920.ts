import { defineMessage } from '../diagnostic.ts'

export const E0920 = defineMessage<{ path: string; wanted: string; present: readonly string[] }>({
  code: 'E0920',
  title: 'a batch file lacks an input that the stage reads',
  explanation: `\`distill step\` reads a batch from a safetensors file under the names that Hugging Face gives its inputs: input_ids, attention_mask,
token_type_ids, labels, mlm_labels (-100 where a token is not masked), start_positions, end_positions.

Fails:
    a stage that reads batch.original, with a file that has only input_ids

Passes:
    the same with mlm_labels in the file`,
  build: ({ path, wanted, present }) => ({
    message: `${path} lacks ${wanted}`,
    help: present.length > 0 ? `it holds ${present.join(', ')}` : 'it holds nothing',
  }),
})
