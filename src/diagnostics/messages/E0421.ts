import { defineMessage, type Span } from '../diagnostic.ts'

export const E0421 = defineMessage<{ span: Span; found: string; suggestion: string | undefined }>({
  code: 'E0421',
  title: 'not a source of parameters',
  explanation: `A parameter comes from a path of another model (T.embedding), svd(PATH), mean(T.layer[1..3]), normal(std), truncated_normal(std), ones(), zeros(), or a checkpoint ("weights/bert-base").

Fails:
    student S : tinybert_4 { init { ** from 3 } }

Passes:
    student S : tinybert_4 { init { ** from normal(0.02) } }`,
  build: ({ span, found, suggestion }) => ({
    message: `${found} is not a source of parameters`,
    span,
    ...(suggestion === undefined ? {} : { label: `did you mean \`${suggestion}\`?` }),
    help: 'a source is a path (T.embedding), svd(PATH), mean(T.layer[1..3]), normal(std), truncated_normal(std), ones(), zeros() or a checkpoint ("weights/bert-base")',
  }),
})
