import { defineMessage, type Span } from '../diagnostic.ts'

export const E0113 = defineMessage<{
  span: Span
  name: string
  similar?: string | undefined
  why?: string | undefined
}>({
  code: 'E0113',
  title: 'a `{hole}` without a setting',
  explanation: `\`{name}\` in a text stands for the value of the \`setting\` of that name in the same file. In the path of an import the
setting has to be a text or a number as it is written: files are read before anything is computed.

Fails:
    data d { train = "data/{taks}.tsv" }

Passes:
    setting task = "sst2"
    data d { train = "data/{task}.tsv" }`,
  build: ({ span, name, similar, why }) => ({
    message:
      why === undefined
        ? `no setting \`${name}\` for this text`
        : `setting \`${name}\` has no value yet where this path is read`,
    span,
    ...(why === undefined ? {} : { help: why }),
    ...(similar === undefined ? {} : { label: `did you mean \`${similar}\`?` }),
  }),
})
