import { defineMessage } from '../diagnostic.ts'

export const E1002 = defineMessage<{
  run: string
  purpose: 'continued' | 'read'
  changes: readonly string[]
}>({
  code: 'E1002',
  title: 'a run was started from another spec than this',
  explanation: `A run is continued only with the spec, the settings and the seed that it was started with: otherwise its second half would be
another experiment than its first, and the optimizer's moments would belong to other weights. Comments and spacing may change.

Fails:
    distill train demo.distill --out runs/a
    (edit a rate in demo.distill)
    distill train demo.distill --out runs/a --resume

Passes:
    distill train demo.distill --out runs/b`,
  build: ({ run, purpose, changes }) => ({
    message: `${run} cannot be ${purpose}: ${changes.length === 1 ? 'something has' : 'some things have'} changed since it was started`,
    help: [
      ...changes,
      `undo the change${purpose === 'continued' ? ', or start a new run without --resume' : '; the text as it was is in spec.json there'}`,
    ].join('\n'),
  }),
})
