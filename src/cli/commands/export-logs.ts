/** `distill export-logs RUN --tensorboard DIR` writes the log of a run, or of a sweep, for TensorBoard. */
import type { Command } from 'commander'
import { exportLogs } from '../../library/tensorboard.ts'
import { print, say } from '../output.ts'

export function register(program: Command): void {
  program
    .command('export-logs')
    .description('write the log of a run for TensorBoard: losses, scores, weights, spec and settings')
    .argument('<run>', 'a run folder, or the folder of a sweep')
    .requiredOption('--tensorboard <folder>', 'the folder for event files; each run has a folder in it')
    .action((run: string, { tensorboard }: { readonly tensorboard: string }) => {
      for (const file of exportLogs(run, tensorboard)) print(`${file}\n`)
      say(`look at it with: tensorboard --logdir ${tensorboard}\n`)
    })
}
