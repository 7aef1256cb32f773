import { defineMessage, type Span } from '../diagnostic.ts'

export const E0115 = defineMessage<{ span: Span; owner: string; name: string; similar?: string | undefined }>(
  {
    code: 'E0115',
    title: 'a member that is not there',
    explanation: `After a dot comes a name that the model, block, head or data block binds.

Fails:
    loss l = mse(S.hiden[1], T.hidden[1])

Passes:
    loss l = mse(S.hidden[1], T.hidden[1])`,
    build: ({ span, owner, name, similar }) => ({
      message: `${owner} has no \`${name}\``,
      span,
      ...(similar === undefined ? {} : { label: `did you mean \`${similar}\`?` }),
    }),
  },
)
