import { defineMessage } from '../diagnostic.ts'

export const E1115 = defineMessage<{
  path: string
  file: string
  pid: number
  host: string
  since: string
  /** Of this machine. */
  here: boolean
}>({
  code: 'E1115',
  title: 'another process trains in this folder',
  explanation: `Two processes that write checkpoints and logs into one folder would make a mixture of two runs. The file \`lock\` in the folder names the
process that has it; that of a process which is gone does not count.

Fails:
    distill train demo.distill --out runs/a &
    distill train demo.distill --out runs/a --resume

Passes:
    distill train demo.distill --out runs/b`,
  build: ({ path, file, pid, host, since, here }) => ({
    message: `${path} is in use by process ${pid}${here ? '' : ` of ${host}`}, since ${since}`,
    help: here
      ? `wait for it or end it (kill ${pid} lets it save), or give another folder with --out`
      : `wait for it, or give another folder with --out; if that process is gone, delete ${file}`,
  }),
})
