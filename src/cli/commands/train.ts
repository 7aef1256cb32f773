/**
 * `distill train SPEC`: trains the stages of a spec, shows how it goes, and ends with the table of every
 * model, or of every run of a sweep.
 */
import { type Command, Option } from 'commander'
import type { SweptSetting } from '../../check/program.ts'
import { alone } from '../../cluster/cluster.ts'
import { openCluster } from '../../cluster/open-cluster.ts'
import { type Wire, wires } from '../../cluster/wire.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { wrongFlagValue } from '../../diagnostics/messages/command-line.ts'
import { trainSpec as train } from '../../library/train.ts'
import { runnerOption } from '../backend-option.ts'
import { byRanks } from '../by-ranks.ts'
import { countingNumber, powerOfTwo } from '../option-values.ts'
import { exitCodes } from '../outcome.ts'
import { passesOption } from '../passes.ts'
import { type RunFlags, runOptions } from '../run-options.ts'
import { threadsOption } from '../threads-option.ts'
import { printTrainResult } from '../train-result.ts'

export interface TrainFlags extends RunFlags {
  resume?: boolean
  rerun?: boolean
  sweep?: SweptSetting[]
  seeds?: number
  dryRun?: boolean
  json?: boolean
  open?: boolean
  tensorboard?: string
  termGradients?: boolean
  verifyStart?: boolean
  join?: boolean | string
  parts?: number
  wire?: Wire
}

export function register(program: Command): void {
  const command = program
    .command('train')
    .description('train the stages of a spec and print a table of all models')
    .argument('<spec>', 'a .distill file')
  withTrainOptions(command).action(trainSpec)
}

export function withTrainOptions(command: Command): Command {
  return command
    .addOption(runOptions.stage())
    .option('--out <folder>', 'the run folder (default: runs/DATE-SPEC)')
    .addOption(runnerOption())
    .addOption(threadsOption())
    .option('--resume', 'continue the last run of this spec, or the run in --out')
    .option(
      '--allow-inexact',
      'with --resume: continue also with what changes the last digits, such as another backend or version',
    )
    .addOption(runOptions.setting())
    .option(
      '--sweep <name=a,b>',
      'train once for each value of a setting, or for each combination of several settings (may repeat)',
      collectSwept,
    )
    .addOption(runOptions.maxSteps())
    .addOption(runOptions.seed())
    .option('--seeds <n>', 'number of runs with consecutive seeds; their means are reported', countingNumber)
    .option(
      '--join [folder]',
      'take free runs of a sweep beside other processes, on this machine or others (default: the folder in --out)',
    )
    .option('--rerun', 'in a sweep, repeat the runs that used another spec or other data')
    .addOption(runOptions.randomWeights())
    .option('--dry-run', 'run every stage for two steps, with evaluation, saving and loading; keep nothing')
    .option(
      '--verify-start',
      'compare the first steps of each stage with the reference on a few examples of the data (20 steps, at most 5 minutes)',
    )
    .addOption(runOptions.memory())
    .addOption(runOptions.cache())
    .option(
      '--term-gradients',
      'log the gradient norm of each loss term at each logged step (default: at a low rate, at most 2% of the time)',
    )
    .option('--no-term-gradients', 'never log them')
    .addOption(passesOption())
    .option('--tensorboard <folder>', 'write event files for TensorBoard, in a folder for each run')
    .option('--open', 'open a page in the browser that follows the run, as `distill watch` does')
    .addOption(
      new Option(
        '--parts <n>',
        'parts of a batch that several processes share, a power of two (default: 1, or 8 under mpirun)',
      ).argParser(powerOfTwo),
    )
    .addOption(
      new Option(
        '--wire <type>',
        'type of gradients between processes; bf16 halves their bytes and changes the last digits of the weights (default: float32)',
      ).choices(wires),
    )
    .addOption(runOptions.deadline())
    .addOption(runOptions.plain())
    .option('--json', 'the final table as JSON on standard output')
}

/** `--sweep rate=1e-4,3e-4 --sweep task=a,b`, for commander's repeated options. */
function collectSwept(text: string, previous: readonly SweptSetting[] = []): SweptSetting[] {
  const at = text.indexOf('=')
  const values = text.slice(at + 1).split(',')
  if (at <= 0 || values.includes('') || new Set(values).size < values.length) {
    const expected = 'name=value,value with different values'
    throw new DiagnosticError(wrongFlagValue({ flag: '--sweep', value: text, expected }))
  }
  return [...previous.filter(({ name }) => name !== text.slice(0, at)), { name: text.slice(0, at), values }]
}

export async function trainSpec(spec: string, flags: TrainFlags): Promise<void> {
  const {
    stage: stages,
    set: settings,
    json = false,
    plain = false,
    open = false,
    deadline,
    join,
    ...rest
  } = flags
  const out = typeof join === 'string' ? join : flags.out
  // Processes that join a sweep train a run each, whatever started them.
  const cluster = join ? alone : await openCluster({ deadline })
  const again = (folder: string, shared: boolean): string =>
    `distill train ${spec} ${shared ? '--join' : '--resume --out'} ${folder}`
  await byRanks(cluster, { again, plain, open }, async (display, signal) => {
    const asked = { ...rest, out, join: Boolean(join), stages, settings }
    const result = await train(spec, { ...asked, signal, cluster }, display)
    await display.pageOpens()
    display.end()
    if (cluster.rank === 0) printTrainResult(result, { spec, out, json, signal })
    else if (result.kind === 'stopped') process.exitCode = exitCodes.runFailed
  })
}
