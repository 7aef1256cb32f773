/** `distill train SPEC`: trains the stages of a spec, shows how it goes, and ends with the table of every model. */
import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describeRunner } from '../../backends/auto.ts'
import type { Program } from '../../check/program.ts'
import { dataWarnings } from '../../data/read-texts.ts'
import { type Diagnostic, DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { E1106 } from '../../diagnostics/messages/E1106.ts'
import { E1107 } from '../../diagnostics/messages/E1107.ts'
import { compileStage, compileTaps } from '../../lower/stage.ts'
import { ProgramData } from '../../train/program-data.ts'
import { ProgressDisplay } from '../../train/progress.ts'
import {
  formatReport,
  type ModelReport,
  reportedInstances,
  reportModels,
  reportToJson,
} from '../../train/report.ts'
import { type Asked, requireSameData, requireSameSpec } from '../../train/resume.ts'
import { Trainer, type TrainOutcome } from '../../train/run.ts'
import {
  freshRunPath,
  latestRunOf,
  type RunConfig,
  RunFolder,
  specTexts,
  textHashes,
} from '../../train/run-folder.ts'
import { RunPlan } from '../../train/run-plan.ts'
import { formatSeeds, summarizeSeeds } from '../../train/seeds.ts'
import { formatCount } from '../../train/words.ts'
import { runnerOption } from '../backend-option.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { requireStagesFit } from '../memory.ts'
import { openRunners, requireName, withSources } from '../open-run.ts'
import { countingNumber, memorySize, wholeNumber } from '../option-values.ts'
import { exitCodes, printDiagnostics } from '../outcome.ts'
import { passesOption, passesText, readPasses } from '../passes.ts'
import { settlePrecisions } from '../precision.ts'
import { threadsOption } from '../threads-option.ts'
import { version } from '../version.ts'

/** What a shell expects after Ctrl-C (128 + SIGINT). */
const interruptedCode = 130

interface TrainFlags {
  passes?: string
  stage?: string[]
  out?: string
  backend: string
  resume?: boolean
  set?: Record<string, string>
  maxSteps?: number
  seed?: number
  seeds?: number
  randomWeights?: boolean
  dryRun?: boolean
  json?: boolean
  memory?: number
  cache?: number
}

export function register(program: Command): void {
  program
    .command('train')
    .description('train the stages of a spec; ends with a table of every model')
    .argument('<spec>', 'a .distill file')
    .option('--stage <name>', 'only this stage or family (may repeat)', (name, all: string[] = []) => [
      ...all,
      name,
    ])
    .option('--out <folder>', 'the run folder (default: runs/DATE-SPEC)')
    .addOption(runnerOption())
    .addOption(threadsOption())
    .option('--resume', 'go on with the last run of this spec, or with the one given by --out')
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .option('--max-steps <n>', 'at most so many steps a stage', countingNumber)
    .option('--seed <n>', 'of initial weights, order and dropout (default: 0)', wholeNumber)
    .option('--seeds <n>', 'so many runs with seeds one after the other, and their means', countingNumber)
    .option('--random-weights', 'draw what checkpoints would give, to try a spec out')
    .option('--dry-run', 'take every stage, evaluation, save and reload through two steps; keeps nothing')
    .option(
      '--memory <size>',
      'compute values again rather than need more, such as 2GiB; refuse stages that still do (default: refuse what this machine has not)',
      memorySize,
    )
    .option(
      '--cache <size>',
      'keep at most so much of what frozen teachers say, such as 4GiB (default: a quarter of what is free)',
      memorySize,
    )
    .addOption(passesOption())
    .option('--json', 'the final table as JSON on standard output')
    .action(async (spec: string, flags: TrainFlags) => {
      if (flags.seeds === undefined) {
        await trainOne(spec, flags)
        return
      }
      await trainSeeds(spec, flags, flags.seeds)
    })
}

/** Gives the final table, or nothing where the run did not come to its end. */
async function trainOne(spec: string, flags: TrainFlags): Promise<readonly ModelReport[] | undefined> {
  const folder = folderOf(spec, flags)
  const before = flags.resume ? folder.readConfig() : undefined
  const set = flags.set ?? before?.settings
  const checked = loadSpec(spec, set ? { set } : {})
  if (!checked) return undefined
  let models: readonly ModelReport[] | undefined
  try {
    await withSources(checked, async () => {
      models = await train(checked, folder, before, flags)
    })
  } finally {
    if (flags.dryRun) rmSync(folder.path, { recursive: true, force: true })
  }
  return models
}

/** One run after the other, each in a folder of its own; then what they say together. */
async function trainSeeds(spec: string, flags: TrainFlags, count: number): Promise<void> {
  const { seeds: _, seed: first = 0, out = freshRunPath(spec, new Date()), ...rest } = flags
  const runs: (readonly ModelReport[])[] = []
  for (let seed = first; seed < first + count; seed++) {
    const models = await trainOne(spec, { ...rest, seed, out: join(out, `seed-${seed}`) })
    if (!models) return
    runs.push(models)
  }
  const summaries = summarizeSeeds(runs)
  if (flags.json) process.stdout.write(`${JSON.stringify({ seeds: summaries }, null, 2)}\n`)
  else process.stdout.write(`\n${count} seeds\n${formatSeeds(summaries)}\n`)
}

function folderOf(spec: string, { out, resume, dryRun }: TrainFlags): RunFolder {
  if (dryRun) return new RunFolder(mkdtempSync(join(tmpdir(), 'distill-dry-run-')))
  if (resume) {
    const folder = out === undefined ? latestRunOf(spec) : new RunFolder(out)
    if (folder) return folder
    const help = `start one: distill train ${spec}; or name its folder with --out`
    throw new DiagnosticError(E1107({ path: 'runs', problem: `holds no run of ${spec}`, help }))
  }
  const folder = new RunFolder(out ?? freshRunPath(spec, new Date()))
  if (folder.exists) {
    const command = `distill train ${spec} --resume --out ${folder.path}`
    throw new DiagnosticError(E1106({ path: folder.path, command }))
  }
  return folder
}

async function train(
  program: Program,
  folder: RunFolder,
  before: RunConfig | undefined,
  flags: TrainFlags,
): Promise<readonly ModelReport[] | undefined> {
  const passes = readPasses(flags.passes ?? (before?.passes || undefined))
  const memory = flags.memory ?? before?.memory
  const names = program.stages.flatMap(({ name, family }) => (family ? [name, family.name] : [name]))
  for (const stage of flags.stage ?? []) requireName('stage', stage, [...new Set(names)])
  const stages = flags.stage ?? before?.stages
  const maxSteps = flags.dryRun ? 2 : (flags.maxSteps ?? before?.maxSteps)
  const asked: Asked = {
    settings: flags.set ?? before?.settings ?? {},
    seed: flags.seed ?? before?.seed ?? 0,
    randomWeights: flags.randomWeights ?? before?.randomWeights ?? false,
    ...(stages ? { stages } : {}),
    ...(maxSteps === undefined ? {} : { maxSteps }),
    passes: passesText(passes),
    ...(memory === undefined ? {} : { memory }),
  }
  if (before) requireSameSpec(folder, before, program, asked)
  const { runner, counter } = await openRunners(
    flags.backend === 'auto' && before ? before.backend : flags.backend,
  )
  const display = new ProgressDisplay({
    write: (text) => process.stderr.write(text),
    terminal: Boolean(process.stderr.isTTY),
    columns: process.stderr.columns ?? 100,
    clock: Date.now,
  })
  const interrupt = listenForInterrupt(display)
  try {
    const planned = new RunPlan(program, stages).stages
    // a run that goes on computes as it did
    const automatic = await settlePrecisions(program, planned, runner, before?.automatic)
    requireStagesFit(program, planned, {
      passes,
      memory,
      automatic,
      ...(runner.capabilities === undefined ? {} : { capabilities: runner.capabilities }),
    })
    const data = new ProgramData(program, folder.tokenizers)
    process.stderr.write(
      `${program.file} -> ${flags.dryRun ? 'nowhere (dry run)' : folder.path}   ${describeRunner(runner)}   seed ${asked.seed}\n`,
    )
    const trainer = new Trainer({
      program,
      runner,
      counter,
      data,
      compileStage: (checked, stage, options) => compileStage(checked, stage, { ...options, passes, memory }),
      compileTaps: (checked, instance, paths, options) =>
        compileTaps(checked, instance, paths, { ...options, passes }),
      folder,
      observer: display,
      automatic,
      interrupted: () => interrupt.asked,
      ...asked,
      ...(flags.cache === undefined ? {} : { cache: flags.cache }),
      ...(flags.dryRun ? { evaluationLimit: 2, verifyCheckpoints: true } : {}),
    })
    const used = trainer.plan.dataNames.flatMap((name) => program.data.get(name) ?? [])
    printDiagnostics(dataWarnings(used), program.sources, { file: program.file })
    const read = Object.fromEntries(trainer.plan.dataNames.map((name) => [name, data.fingerprint(name)]))
    if (before) {
      requireSameData(folder, before, read)
      trainer.resume()
    } else {
      const texts = specTexts(program)
      folder.create(
        {
          ...configOf(program, asked, runner.name, textHashes(texts), read),
          ...(automatic ? { automatic } : {}),
        },
        texts,
      )
    }
    const outcome = await trainer.run()
    display.end()
    return finish(program, trainer, outcome, flags)
  } catch (error) {
    display.end()
    if (!folder.exists) discardUnstarted(folder)
    const [stopped] = error instanceof DiagnosticError ? error.diagnostics : []
    if (stopped?.code !== 'E1001') throw error
    printStop(stopped)
    process.exitCode = exitCodes.runFailed
    return undefined
  } finally {
    interrupt.stop()
    runner.dispose()
  }
}

function configOf(
  program: Program,
  asked: Asked,
  backend: string,
  texts: Record<string, string>,
  data: RunConfig['data'],
): RunConfig {
  return {
    version: 1,
    spec: program.file,
    folder: process.cwd(),
    settings: { ...asked.settings },
    seed: asked.seed,
    backend,
    randomWeights: asked.randomWeights,
    ...(asked.stages ? { stages: [...asked.stages] } : {}),
    ...(asked.maxSteps === undefined ? {} : { maxSteps: asked.maxSteps }),
    passes: asked.passes,
    ...(asked.memory === undefined ? {} : { memory: asked.memory }),
    texts,
    data,
    versions: { distill: version(), node: process.version },
    created: new Date().toISOString(),
  }
}

function finish(
  program: Program,
  trainer: Trainer,
  outcome: TrainOutcome,
  flags: TrainFlags,
): readonly ModelReport[] | undefined {
  const { folder } = trainer
  if (outcome.kind === 'interrupted') {
    const command = `distill train ${program.file} --resume${flags.out === undefined ? '' : ` --out ${flags.out}`}`
    process.stderr.write(
      `saved at step ${formatCount(outcome.step)} of stage ${outcome.stage}; continue with: ${command}\n`,
    )
    process.exitCode = interruptedCode
    return undefined
  }
  if (flags.dryRun) {
    const count = trainer.plan.stages.length
    process.stderr.write(
      `dry run: ${count} stage${count === 1 ? '' : 's'} of two steps, evaluation, save and reload went well; nothing was kept\n`,
    )
    return undefined
  }
  const models = reportModels(
    reportedInstances(program, trainer.instances),
    (instance) => trainer.score(instance, { final: true, metrics: trainer.plan.metricsOf(instance) }),
    trainer.evaluator,
    () => performance.now(),
  )
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ run: folder.path, models: reportToJson(models) }, null, 2)}\n`)
  else process.stdout.write(`\n${formatReport(models, process.stdout.columns ?? 100)}\n`)
  const where: string[] = []
  // Of a model that several stages trained, the last one's best is what is kept.
  const last = new Map(outcome.best.map((one) => [one.best.model, one]))
  for (const { stage, best } of last.values()) {
    where.push(
      `  best ${best.model}: step ${formatCount(best.step)} of stage ${stage} -> ${folder.model(best.model)}`,
    )
  }
  for (const { name } of trainer.plan.trainedInstances)
    if (!last.has(name)) where.push(`  ${name} -> ${folder.model(name)}`)
  process.stderr.write(`${where.join('\n')}\n`)
  return models
}

/** A run that never began leaves nothing behind; a folder that holds other things stays. */
function discardUnstarted(folder: RunFolder): void {
  rmSync(folder.tokenizers, { recursive: true, force: true })
  if (existsSync(folder.path) && readdirSync(folder.path).length === 0) rmdirSync(folder.path)
}

/** As it was said when the run stopped: no code frame, because nothing in the spec is at fault for certain. */
function printStop({ message, help }: Diagnostic): void {
  const lines = (help ?? '').split('\n').map((line) => `  ${line}\n`)
  process.stderr.write(`${message}\n${lines.join('')}`)
}

/** The first Ctrl-C asks the run to save and stop; a second one quits at once. */
function listenForInterrupt(display: ProgressDisplay): { readonly asked: boolean; stop: () => void } {
  const state = { asked: false, stop: () => {} }
  const listener = (): void => {
    if (state.asked) process.exit(interruptedCode)
    state.asked = true
    // Then the system's own handler is in place: it needs no turn of this program, which may be in the middle of a step. After this turn, because a second
    // signal may be waiting already.
    setImmediate(state.stop)
    display.note('saving; Ctrl-C again quits at once')
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  state.stop = () => {
    process.off('SIGINT', listener)
    process.off('SIGTERM', listener)
  }
  return state
}
