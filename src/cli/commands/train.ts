/**
 * `distill train SPEC`: trains the stages of a spec, shows how it goes, and ends with the table of every
 * model, or of every run of a sweep.
 */
import { availableParallelism, hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type Command, Option } from 'commander'
import { threadsSetting } from '../../backends/threads.ts'
import type { SweptSetting } from '../../check/program.ts'
import { alone, type Cluster } from '../../cluster/cluster.ts'
import { openCluster } from '../../cluster/open-cluster.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { wrongFlagValue } from '../../diagnostics/messages/command-line.ts'
import { trainSpec as train } from '../../library/train.ts'
import { runnerOption } from '../backend-option.ts'
import { collectSetting } from '../load-spec.ts'
import { countingNumber, memorySize, powerOfTwo, wholeNumber } from '../option-values.ts'
import { exitCodes, reportFailure } from '../outcome.ts'
import { say } from '../output.ts'
import { passesOption } from '../passes.ts'
import { StopRequests } from '../stop-requests.ts'
import { threadsOption } from '../threads-option.ts'
import { TrainDisplay } from '../train-display.ts'
import { printTrainResult } from '../train-result.ts'

export interface TrainFlags {
  passes?: string
  stage?: string[]
  out?: string
  backend: string
  resume?: boolean
  allowInexact?: boolean
  rerun?: boolean
  set?: Record<string, string>
  sweep?: SweptSetting[]
  maxSteps?: number
  seed?: number
  seeds?: number
  randomWeights?: boolean
  dryRun?: boolean
  json?: boolean
  plain?: boolean
  open?: boolean
  tensorboard?: string
  memory?: number
  cache?: number
  termGradients?: boolean
  verifyStart?: boolean
  join?: boolean | string
  parts?: number
  deadline: number
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
    .option('--stage <name>', 'only this stage or family (may repeat)', (name, all: string[] = []) => [
      ...all,
      name,
    ])
    .option('--out <folder>', 'the run folder (default: runs/DATE-SPEC)')
    .addOption(runnerOption())
    .addOption(threadsOption())
    .option('--resume', 'continue the last run of this spec, or the run in --out')
    .option(
      '--allow-inexact',
      'with --resume: continue also with what changes the last digits, such as another backend or version',
    )
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .option(
      '--sweep <name=a,b>',
      'train once for each value of a setting, or for each combination of several settings (may repeat)',
      collectSwept,
    )
    .option('--max-steps <n>', 'upper limit of the steps of each stage', countingNumber)
    .option(
      '--seed <n>',
      'seed of the initial weights, the order of examples and dropout (default: 0)',
      wholeNumber,
    )
    .option('--seeds <n>', 'number of runs with consecutive seeds; their means are reported', countingNumber)
    .option(
      '--join [folder]',
      'take free runs of a sweep beside other processes, on this machine or others (default: the folder in --out)',
    )
    .option('--rerun', 'in a sweep, repeat the runs that used another spec or other data')
    .option('--random-weights', 'use random weights in place of checkpoints, to try a spec')
    .option('--dry-run', 'run every stage for two steps, with evaluation, saving and loading; keep nothing')
    .option(
      '--verify-start',
      'compare the first steps of each stage with the reference on a few examples of the data (20 steps, at most 5 minutes)',
    )
    .option(
      '--memory <size>',
      'memory limit, such as 2GiB: recompute activations to fit; fail if a stage still does not fit (default: the memory of this machine, without recomputing)',
      memorySize,
    )
    .option(
      '--cache <size>',
      'limit of the cache for values of frozen teachers, such as 4GiB (default: a quarter of the free space)',
      memorySize,
    )
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
      new Option('--deadline <seconds>', 'under mpirun: a process that does not answer for so long is lost')
        .argParser(countingNumber)
        .default(60),
    )
    .option('--plain', 'print log lines with the time, as where the output is no terminal')
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
  shareThreads(cluster)
  const display = new TrainDisplay({ spec, plain, open, rank: cluster.rank })
  const stops = await StopRequests.listen(display, cluster.rank > 0)
  display.stops = stops
  try {
    const { signal } = stops
    const asked = { ...rest, out, join: Boolean(join), stages, settings }
    const result = await train(spec, { ...asked, signal, cluster }, display)
    await display.pageOpens()
    display.end()
    if (cluster.rank === 0) printTrainResult(result, { spec, out, json, signal })
    else if (result.kind === 'stopped') process.exitCode = exitCodes.runFailed
    cluster.close()
  } catch (error) {
    stops.waitForEnd()
    display.end()
    if (cluster.size === 1) throw error
    await failTogether(cluster, error)
  } finally {
    stops.close()
  }
}

/** Ranks on one machine share its cores, unless a number of threads is given. */
function shareThreads({ here }: Cluster): void {
  if (here > 1 && !process.env[threadsSetting])
    process.env[threadsSetting] = String(Math.max(1, Math.floor(availableParallelism() / here)))
}

/** Milliseconds that rank 0 has to print what all ranks have found, and to end them. */
const firstFails = 3000

/** Milliseconds that the library has to end the ranks. Over a cut link it tries for minutes. */
const abortPatience = 5000

/** Prints an error once, and ends all ranks. */
async function failTogether(cluster: Cluster, error: unknown): Promise<void> {
  if (cluster.rank > 0) {
    await setTimeout(firstFails)
    say(`rank ${cluster.rank} on ${hostname()}:\n`)
  }
  const code = reportFailure(error)
  // In a thread: the call of the library may not return.
  const end = `setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${abortPatience})`
  new Worker(end, { eval: true, execArgv: [] })
  cluster.abort(code)
}
