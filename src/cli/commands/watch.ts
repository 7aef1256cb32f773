/** `distill watch RUN` serves a page on this machine that follows a run, live or finished. */
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { openWatch, type WatchServer } from '../../watch/server.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { openBrowser } from '../open-browser.ts'
import { wholeNumber } from '../option-values.ts'
import { print, say } from '../output.ts'

interface WatchFlags {
  readonly port: number
  readonly open?: boolean
  readonly untilClosed?: boolean
}

const more = `
The page is for this machine alone. It reads the files of the run, so it cannot slow or stop a training. Ctrl-C ends it.`

/** Milliseconds without an open page after which a page that a training opened ends. */
const patience = 5_000

export function register(program: Command): void {
  program
    .command('watch')
    .description('serve a page that follows a run, live or finished: losses, gradients, scores')
    .argument('<run>', 'a run folder, or the folder of a sweep')
    .option('--port <n>', 'the port; 0 takes a free one', wholeNumber, 0)
    .option('--open', 'open the page in the browser, if there is one')
    .addOption(new Option('--until-closed', 'end with standard input, once no page is open').hideHelp())
    .addHelpText('after', more)
    .action(watch)
}

async function watch(run: string, { port, open, untilClosed }: WatchFlags): Promise<void> {
  const server = await openWatch(run, { port })
  print(`${server.address}\n`)
  if (open && !openBrowser(server.address)) say('there is no browser here: open the address yourself\n')
  const { signal } = listenForInterrupt(() => {})
  await Promise.race([once(signal, 'abort'), ...(untilClosed ? [closed(server)] : [])])
  await server.close()
  // Standard input may still be open.
  process.stdin.destroy()
}

/** Once the training that started this has ended, and no page has been open for a while. */
async function closed(server: WatchServer): Promise<void> {
  process.stdin.resume()
  await once(process.stdin, 'close')
  for (let idle = 0; idle < patience; idle = server.pages > 0 ? 0 : idle + 1000) await setTimeout(1000)
}
