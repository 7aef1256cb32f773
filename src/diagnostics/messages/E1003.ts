import { defineMessage } from '../diagnostic.ts'

export const E1003 = defineMessage<{ run: string; changes: readonly string[] }>({
  code: 'E1003',
  title: 'the run to be continued was started on other data',
  explanation: `A continued run takes its next batch where the last one ended. If the data, the labels or the vocabulary have changed since, that place
no longer exists, and some examples would be seen twice or never.

Fails:
    distill train demo.distill --out runs/a
    (add a row to train.tsv)
    distill train demo.distill --out runs/a --resume

Passes:
    distill train demo.distill --out runs/b`,
  build: ({ run, changes }) => ({
    message: `${run} cannot be continued: what it reads has changed since it was started`,
    help: [...changes, 'undo that, or start a new run without --resume'].join('\n'),
  }),
})
