import { defineMessage } from '../diagnostic.ts'

export const E1107 = defineMessage<{ path: string; problem: string; help: string }>({
  code: 'E1107',
  title: 'this is not the folder of a run',
  explanation: `A run folder holds config.json, metrics.jsonl and checkpoints; \`distill train\` makes it. --resume, eval and predict read it.

Fails:
    distill predict runs/typo

Passes:
    distill train demo.distill --out runs/demo
    distill predict runs/demo`,
  build: ({ path, problem, help }) => ({ message: `${path} ${problem}`, help }),
})
