import { defineMessage, type Span } from '../diagnostic.ts'

export const E0426 = defineMessage<{ span: Span; parameter: string; source: string }>({
  code: 'E0426',
  title: 'the singular value decomposition of something that is no matrix',
  explanation: `\`svd\` gives the two factors of a factorized matrix; other parameters under the same path are copied.

Fails:
    student S : slim { init { layer[1].ffn.up from svd(T.layer[1].ffn.norm) } }

Passes:
    student S : slim { init { layer[1].ffn.up from svd(T.layer[1].ffn.up) } }`,
  build: ({ span, parameter, source }) => ({
    message: `\`${parameter}\` is a factor of a matrix, but \`${source}\` is none`,
    span,
  }),
})
