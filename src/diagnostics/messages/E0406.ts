import { defineMessage, type Span } from '../diagnostic.ts'

export const E0406 = defineMessage<{ span: Span; help?: string | undefined }>({
  code: 'E0406',
  title: '`factorize` that factorizes nothing',
  explanation: `The path must match bindings that own a matrix (linear or lookup).

Fails:
    factorize layer[*].fnn.* to rank(64)

Passes:
    factorize layer[*].ffn.* to rank(64)`,
  build: ({ span, help }) => ({
    message: 'no matrix is factorized by this',
    span,
    label: 'matches no matrix',
    ...(help === undefined ? {} : { help }),
  }),
})
