import { defineMessage, type Span } from '../diagnostic.ts'

export const E0422 = defineMessage<{
  span: Span
  parameter: string
  missing: string
  instance: string
  why: string
}>({
  code: 'E0422',
  title: 'a source that does not exist',
  explanation: `What follows the path on the left is looked up under the source on the right; there must be such a parameter.

Fails:
    student S : distilbert { init { layer[m].ffn from T.layer[m].attention } }

Passes:
    student S : distilbert { init { layer[m].ffn from T.layer[m].ffn } }`,
  build: ({ span, parameter, missing, instance, why }) => ({
    message: `\`${parameter}\` would come from \`${instance}.${missing}\`, which does not exist`,
    span,
    ...(why === '' ? {} : { help: why }),
  }),
})
