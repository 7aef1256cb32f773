import { defineMessage, type Span } from '../diagnostic.ts'

export const E0107 = defineMessage<{ span: Span; model: string; name: string; similar?: string | undefined }>(
  {
    code: 'E0107',
    title: 'a `with` that changes what is not there',
    explanation: `\`with\` replaces existing names, so that a misspelt one is not silently ignored. \`setting n =
...\` adds a new one.

Fails:
    model wide = bert_base with { hiden_size = 1024 }

Passes:
    model wide = bert_base with { hidden_size = 1024 }`,
    build: ({ span, model, name, similar }) => ({
      message: `${model} has no setting \`${name}\``,
      span,
      ...(similar === undefined
        ? { help: `\`setting ${name} = ...\` adds a new one` }
        : { label: `did you mean \`${similar}\`?` }),
    }),
  },
)
