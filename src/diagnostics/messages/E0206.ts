import { defineMessage, type Span } from '../diagnostic.ts'

export const E0206 = defineMessage<{ span: Span; path: string; removed: Span }>({
  code: 'E0206',
  title: 'a use of what `without` removed',
  explanation: `What \`without\` removes counts as the zero of a sum. Anything else that reads it would have no
meaning, so it is an error.

Fails:
    model m = bert_base with { without layer.ffn.up }

Passes:
    model m = bert_base with { without pooler }`,
  build: ({ span, path, removed }) => ({
    message: `this reads \`${path}\`, which was left out`,
    span,
    label: 'reads what is left out',
    secondary: [{ span: removed, text: 'left out here' }],
  }),
})
