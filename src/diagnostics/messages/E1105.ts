import { defineMessage } from '../diagnostic.ts'

export const E1105 = defineMessage<{
  kind: string
  name: string
  known: readonly string[]
  suggestion?: string
}>({
  code: 'E1105',
  title: 'a name on the command line is not in the spec',
  explanation: `--stage names a stage, --data a data block, --model a teacher or student of the spec and --head one of its heads.

Fails:
    distill train demo.distill --stage distill          where the stage is called distil

Passes:
    distill train demo.distill --stage distil`,
  build: ({ kind, name, known, suggestion }) => ({
    message: `there is no ${kind} \`${name}\``,
    help:
      suggestion !== undefined
        ? `did you mean \`${suggestion}\`?`
        : known.length > 0
          ? `there is ${known.join(', ')}`
          : `the spec has no ${kind}`,
  }),
})
