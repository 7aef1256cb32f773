import { defineMessage, type Span } from '../diagnostic.ts'

export const E0404 = defineMessage<{ span: Span; help?: string | undefined }>({
  code: 'E0404',
  title: '`share` that shares nothing',
  explanation: `The path must name a repeated block, or something inside it, that has parameters.

Fails:
    share layer[*].atention in 1 group

Passes:
    share layer[*].attention in 1 group`,
  build: ({ span, help }) => ({
    message: 'no parameter is shared by this',
    span,
    label: 'matches no parameter',
    ...(help === undefined ? {} : { help }),
  }),
})
