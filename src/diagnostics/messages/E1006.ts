import { defineMessage, type Span } from '../diagnostic.ts'

export const E1006 = defineMessage<{
  span: Span
  model: string
  precision: string
  /** What does not have it: `backend wasm`. */
  where: string
  help: string
}>({
  code: 'E1006',
  title: 'a backend has no products of this precision',
  explanation: `\`precision\` says in what a model's products with weights are computed. A backend that does not have such products refuses: it computes in no other
precision in silence. \`precision = auto\` takes what the backend has, where that is faster.

Fails:
    teacher T : bert_base { precision = bf16 }     with --backend wasm

Passes:
    the same with --backend native, or
    teacher T : bert_base { precision = auto }`,
  build: ({ span, model, precision, where, help }) => ({
    message: `\`${model}\` is in ${precision}, which ${where} does not have`,
    span,
    help,
  }),
})
