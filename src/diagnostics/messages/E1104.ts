import { defineMessage } from '../diagnostic.ts'

export const E1104 = defineMessage<{ name: string; names: readonly string[]; similar?: string }>({
  code: 'E1104',
  title: 'the spec has no such stage',
  explanation: `\`--stage NAME\` takes the name of a stage of the spec. Members of a family are named with their index: climb[2].`,
  build: ({ name, names, similar }) => ({
    message: names.length === 0 ? 'the spec has no stage' : `the spec has no stage \`${name}\``,
    help: similar
      ? `did you mean \`${similar}\`?`
      : names.length === 0
        ? 'a stage says what to minimize: stage distil { minimize ... }'
        : `it has ${names.join(', ')}`,
  }),
})
