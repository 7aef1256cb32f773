import { defineMessage } from '../diagnostic.ts'

export const E0106 = defineMessage<{
  name: string
  similar?: string | undefined
  known: readonly string[]
}>({
  code: 'E0106',
  title: '--set of a setting that the spec has not',
  explanation: `\`--set name=value\` replaces the value of a \`setting name = ...\` line of the spec itself.

Fails:
    distill train spec.distill --set taks=rte

Passes:
    distill train spec.distill --set task=rte`,
  build: ({ name, similar, known }) => ({
    message: `the spec has no setting \`${name}\` to set`,
    help: similar
      ? `did you mean \`${similar}\`?`
      : known.length > 0
        ? `it has ${known.join(', ')}`
        : 'it has none: a line `setting name = value` makes one',
  }),
})
