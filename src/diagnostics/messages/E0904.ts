import { defineMessage, type Span } from '../diagnostic.ts'

export const E0904 = defineMessage<{ path: string; problem: string; span?: Span }>({
  code: 'E0904',
  title: 'the header of a safetensors file contradicts itself',
  explanation: `Each entry of the header gives a type, a shape and a range of bytes. Ranges may not overlap, must lie inside the file,
and must be as long as type and shape say.

Fails:
    {"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 12]}}

Passes:
    {"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}`,
  build: ({ path, problem, span }) => ({
    message: `the header of \`${path}\` is wrong: ${problem}`,
    help: 'the file is damaged, or the program that wrote it is wrong: write or download it again',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})
