/**
 * `distill train SPEC` trains the stages of a spec and shows the progress. At its end it prints the table of
 * all models, or of all runs of a sweep.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Program, SweptSetting } from '../../check/program.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { notARunFolder, runFolderTaken, wrongFlagValue } from '../../diagnostics/messages/command-line.ts'
import { InputFiles } from '../../train/input-files.ts'
import { freshRunPath, latestRunOf, RunFolder } from '../../train/run-folder.ts'
import { latestSweepOf, SweepFolder, sweptBy } from '../../train/sweep-folder.ts'
import { runnerOption } from '../backend-option.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { countingNumber, memorySize, wholeNumber } from '../option-values.ts'
import { passesOption } from '../passes.ts'
import { threadsOption } from '../threads-option.ts'
import { trainRun } from '../train-run.ts'
import { trainSweep } from '../train-sweep.ts'

export interface TrainFlags {
  passes?: string
  stage?: string[]
  out?: string
  backend: string
  resume?: boolean
  rerun?: boolean
  set?: Record<string, string>
  sweep?: SweptSetting[]
  maxSteps?: number
  seed?: number
  seeds?: number
  randomWeights?: boolean
  dryRun?: boolean
  json?: boolean
  memory?: number
  cache?: number
  termGradients?: boolean
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
    .option('--rerun', 'in a sweep, repeat the runs that used another spec or other data')
    .option('--random-weights', 'use random weights in place of checkpoints, to try a spec')
    .option('--dry-run', 'run every stage for two steps, with evaluation, saving and loading; keep nothing')
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
  const resumed = flags.resume ? sweepToResume(spec, flags) : undefined
  const before = resumed?.read()
  const all: TrainFlags = before
    ? {
        set: before.settings,
        sweep: before.asked,
        randomWeights: before.randomWeights,
        ...(before.stages ? { stage: before.stages } : {}),
        ...(before.maxSteps === undefined ? {} : { maxSteps: before.maxSteps }),
        ...(before.passes === undefined ? {} : { passes: before.passes }),
        ...(before.memory === undefined ? {} : { memory: before.memory }),
        ...flags,
      }
    : flags
  // A resumed run has the settings with which it was started. The spec's own sweep does not change them.
  const single = flags.resume === true && resumed === undefined
  const program = single
    ? undefined
    : loadSpec(spec, { ...(all.set ? { set: all.set } : {}), warnings: true })
  if (!single && !program) return
  const asked = all.sweep ?? []
  const swept = sweptBy(program?.sweep ?? [], asked, all.set ?? {})
  if (swept.length === 0 && all.seeds === undefined && !before) {
    await trainOne(spec, all, program)
    return
  }
  const first = all.seed ?? before?.seeds[0] ?? 0
  const seeds =
    all.seeds === undefined && all.seed === undefined && before
      ? before.seeds
      : Array.from({ length: all.seeds ?? 1 }, (_, k) => first + k)
  await trainSweep({
    spec,
    folder: resumed ?? sweepFolderOf(spec, all),
    swept,
    asked,
    seeds,
    flags: all,
    rerun: all.rerun ?? false,
    json: all.json ?? false,
  })
}

/** The sweep that --resume continues; undefined for a single run. */
function sweepToResume(spec: string, { out }: TrainFlags): SweepFolder | undefined {
  if (out !== undefined) {
    const folder = new SweepFolder(out)
    return folder.exists ? folder : undefined
  }
  const sweep = latestSweepOf(spec)
  const run = latestRunOf(spec)
  return sweep && (!run || sweep.created >= run.readConfig().created) ? sweep.folder : undefined
}

/** Throws E1106 where the folder holds a single run. */
function sweepFolderOf(spec: string, { out, dryRun }: TrainFlags): SweepFolder {
  if (dryRun) return new SweepFolder(mkdtempSync(join(tmpdir(), 'distill-dry-run-')))
  const path = out ?? freshRunPath(spec, new Date())
  if (new RunFolder(path).exists) throw taken(spec, path)
  return new SweepFolder(path)
}

async function trainOne(spec: string, flags: TrainFlags, program?: Program): Promise<void> {
  const folder = folderOf(spec, flags)
  await trainRun({
    spec,
    program,
    folder,
    before: flags.resume ? folder.readConfig() : undefined,
    flags,
    again: `distill train ${spec} --resume${flags.out === undefined ? '' : ` --out ${flags.out}`}`,
    print: flags.json ? 'json' : 'table',
    inputs: new InputFiles(),
  })
}

function folderOf(spec: string, { out, resume, dryRun }: TrainFlags): RunFolder {
  if (dryRun) return new RunFolder(mkdtempSync(join(tmpdir(), 'distill-dry-run-')))
  if (resume) {
    const folder = out === undefined ? latestRunOf(spec) : new RunFolder(out)
    if (folder) return folder
    const help = `start one: distill train ${spec}; or name its folder with --out`
    throw new DiagnosticError(notARunFolder({ path: 'runs', problem: `holds no run of ${spec}`, help }))
  }
  const folder = new RunFolder(out ?? freshRunPath(spec, new Date()))
  if (folder.exists || new SweepFolder(folder.path).exists) throw taken(spec, folder.path)
  return folder
}

function taken(spec: string, path: string): DiagnosticError {
  return new DiagnosticError(
    runFolderTaken({ path, command: `distill train ${spec} --resume --out ${path}` }),
  )
}
