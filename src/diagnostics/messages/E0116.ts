import { defineMessage, type Span } from '../diagnostic.ts'

export const E0116 = defineMessage<{ span: Span; found: string; how: string; help?: string | undefined }>({
  code: 'E0116',
  title: 'a thing that cannot be called or indexed',
  explanation: `Functions, maps and projections are called; repeated blocks, tap families and families of
projections take an index.

Fails:
    loss l = S.layers(3)

Passes:
    loss l = mean(S.hidden[3])`,
  build: ({ span, found, how, help }) => ({
    message: `${found} cannot be ${how}`,
    span,
    ...(help === undefined ? {} : { help }),
  }),
})
