import { defineMessage, type Span } from '../diagnostic.ts'

export const E0113 = defineMessage<{ span: Span; name: string; similar?: string | undefined }>({
  code: 'E0113',
  title: 'a `{hole}` without a setting',
  explanation: `\`{name}\` in a text stands for the value of the \`setting\` of that name in the same file.

Fails:
    data d { train = "data/{taks}.tsv" }

Passes:
    setting task = "sst2"
    data d { train = "data/{task}.tsv" }`,
  build: ({ span, name, similar }) => ({
    message: `no setting \`${name}\` for this text`,
    span,
    ...(similar === undefined ? {} : { label: `did you mean \`${similar}\`?` }),
  }),
})
