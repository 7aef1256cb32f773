import { defineMessage } from '../diagnostic.ts'

export const E1002 = defineMessage<{
  run: string
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
  build: ({ run, changes }) => ({
    message: `${run} cannot be continued: ${changes.length === 1 ? 'something has' : 'some things have'} changed since it was started`,
    help: [...changes, 'undo the change, or start a new run without --resume'].join('\n'),
  }),
})
