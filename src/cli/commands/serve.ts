/** `distill serve RUN` answers requests over HTTP with a trained model. */
import { once } from 'node:events'
import type { Command } from 'commander'
import { loadModel } from '../../library/load.ts'
import { openServer } from '../../serve/server.ts'
import { runnerOption } from '../backend-option.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { checkpointOption, printNote } from '../open-run.ts'
import { countingNumber, wholeNumber } from '../option-values.ts'
import { print, say } from '../output.ts'
import { threadsOption } from '../threads-option.ts'

interface ServeFlags {
  readonly port: number
  readonly host: string
  readonly batch: number
  readonly model?: string
  readonly head?: string
  readonly backend: string
  readonly checkpoint?: string
}

const requests = `
POST /predict takes { "texts": ["a text", ["the first of a pair", "the second"]] } and gives { "answers": [...] }, one for each text.
GET /health names the model. Ctrl-C answers what has arrived, then stops.`

export function register(program: Command): void {
  program
    .command('serve')
    .description('answer requests over HTTP with a trained model: POST /predict, GET /health')
    .argument('<run>', 'a run folder, or a folder of a model of transformers')
    .option('--port <n>', 'the port; 0 takes a free one', wholeNumber, 8080)
    .option('--host <address>', 'the address to listen on; 127.0.0.1 is this machine alone', '127.0.0.1')
    .option('--batch <n>', 'how many waiting texts are computed together, at most', countingNumber, 32)
    .option('--model <name>', 'the model (default: the one that the last stage trained)')
    .option('--head <name>', 'its head (default: the first one that its data has labels for)')
    .addHelpText('after', requests)
    .addOption(runnerOption())
    .addOption(threadsOption())
    .addOption(checkpointOption())
    .action(serve)
}

async function serve(place: string, flags: ServeFlags): Promise<void> {
  const model = await loadModel(place, { ...flags, onNote: printNote })
  try {
    const about = { model: model.model, head: model.head, kind: model.kind, labels: model.labels }
    const server = await openServer(
      {
        about,
        // As `predict --json` has them.
        predict: async (texts) => (await model.predict(texts)).map(({ kind, ...answer }) => answer),
      },
      flags,
    )
    say(`${place}: ${model.model}.${model.head}   ${model.backend}\n`)
    print(`${server.address}/predict\n`)
    const { signal } = listenForInterrupt(() => {})
    await once(signal, 'abort')
    await server.close()
  } finally {
    model.dispose()
  }
}
