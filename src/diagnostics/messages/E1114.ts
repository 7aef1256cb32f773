import { defineMessage } from '../diagnostic.ts'

export const E1114 = defineMessage<{ path: string; runs: readonly string[]; command: string }>({
  code: 'E1114',
  title: 'a sweep is many runs',
  explanation: `eval, predict and export read one run. The folder of a sweep, or of several seeds, holds a folder for each run.

Fails:
    distill predict runs/sweep

Passes:
    distill predict runs/sweep/rate=1e-4/seed-0`,
  build: ({ path, runs, command }) => ({
    message: `${path} holds ${runs.length} finished runs, not one`,
    help:
      runs.length === 0
        ? `go on with it first: ${command}`
        : [
            'name one of them, the best first:',
            ...runs.slice(0, 8),
            ...(runs.length > 8 ? ['...'] : []),
          ].join('\n'),
  }),
})
