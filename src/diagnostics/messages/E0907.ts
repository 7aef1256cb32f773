import { defineMessage } from '../diagnostic.ts'

export const E0907 = defineMessage<{ path: string; reason: string }>({
  code: 'E0907',
  title: 'a file could not be written',
  explanation: `Checkpoints and vocabularies are written beside their final place and then renamed, so the file that was there before is
whole. This time the system refused to write.

Fails:
    distill train demo.distill --out /proc/run

Passes:
    distill train demo.distill --out runs/demo`,
  build: ({ path, reason }) => ({
    message: `cannot write \`${path}\`: ${reason}`,
    help: 'what was there before is untouched; free space, or choose another folder with --out',
  }),
})
