import { defineMessage, type Span } from '../diagnostic.ts'

export const E0202 = defineMessage<{ span: Span; model: string; name: string; similar?: string | undefined }>(
  {
    code: 'E0202',
    title: '`without` of a name that is not there',
    explanation: `\`without PATH\` names a binding or a block of the model.

Fails:
    model m = bert_base with { without poller }

Passes:
    model m = bert_base with { without pooler }`,
    build: ({ span, model, name, similar }) => ({
      message: `${model} has nothing called \`${name}\` to leave out`,
      span,
      ...(similar === undefined ? {} : { label: `did you mean \`${similar}\`?` }),
    }),
  },
)
