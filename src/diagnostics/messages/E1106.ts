import { defineMessage } from '../diagnostic.ts'

export const E1106 = defineMessage<{ path: string; command: string }>({
  code: 'E1106',
  title: 'the run folder is taken',
  explanation: `The folder given with --out already holds a run. It is not overwritten: continue it with --resume, or give another folder.

Fails:
    distill train demo.distill --out runs/a
    distill train demo.distill --out runs/a

Passes:
    distill train demo.distill --out runs/b`,
  build: ({ path, command }) => ({
    message: `${path} already holds a run`,
    help: `continue it with: ${command}\nor give another folder with --out`,
  }),
})
