import { defineMessage } from '../diagnostic.ts'

export const E0106 = defineMessage<{ name: string; similar?: string | undefined }>({
  code: 'E0106',
  title: '--set of a setting that the spec has not',
  explanation: `\`--set name=value\` replaces the value of a \`setting name = ...\` line of the spec itself.

Fails:
    distill train spec.distill --set taks=rte

Passes:
    distill train spec.distill --set task=rte`,
  build: ({ name, similar }) => ({
    message: `the spec has no setting \`${name}\` to set`,
    ...(similar === undefined ? {} : { help: `did you mean \`${similar}\`?` }),
  }),
})
