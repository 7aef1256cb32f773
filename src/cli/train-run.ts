/**
 * One run: compiles, trains and evaluates the stages of a spec in a run folder, shows the progress, and
 * writes the report.
 */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { describeRunner } from '../backends/auto.ts'
import type { Program } from '../check/program.ts'
import { cutLine } from '../data/cut-texts.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { version } from '../diagnostics/manifest.ts'
import { compileMaskedTap, compileStage, compileTaps } from '../lower/stage.ts'
import { userCache } from '../run/user-cache.ts'
import { runnerProducts } from '../train/augmentation/runner-products.ts'
import { lockFolder } from '../train/folder-lock.ts'
import { formatCount } from '../train/format.ts'
import type { InputFiles } from '../train/input-files.ts'
import { ProgramData } from '../train/program-data.ts'
import { ProgressDisplay } from '../train/progress.ts'
import { formatReport, reportedInstances, reportModels, reportToJson } from '../train/report.ts'
import { type RunReport, removeReport, writeReport } from '../train/report-file.ts'
import { type Asked, requireSameData, requireSameInputs, requireSameSpec } from '../train/resume.ts'
import { Trainer } from '../train/run.ts'
import type { RunConfig, RunFolder } from '../train/run-folder.ts'
import { RunPlan } from '../train/run-plan.ts'
import { specTexts, textHashes } from '../train/spec-texts.ts'
import type { TrainOutcome } from '../train/train-options.ts'
import { interruptedCode, listenForInterrupt } from './interrupt.ts'
import { loadSpec } from './load-spec.ts'
import { requireStagesFit } from './memory.ts'
import { openRunners, requireStages, withSources } from './open-run.ts'
import { exitCodes, printDiagnostics } from './outcome.ts'
import { passesText, readPasses } from './passes.ts'
import { settlePrecisions } from './precision.ts'

/**
 * The options of a run. An absent one has the value with which a resumed run was started, otherwise its
 * default.
 */
export interface RunFlags {
  readonly passes?: string
  readonly stage?: readonly string[]
  readonly backend: string
  readonly set?: Readonly<Record<string, string>>
  readonly maxSteps?: number
  readonly seed?: number
  readonly randomWeights?: boolean
  readonly dryRun?: boolean
  readonly memory?: number
  readonly cache?: number
  /** Absent: at an interval. */
  readonly termGradients?: boolean
}

export interface RunRequest {
  readonly spec: string
  /** The spec with the settings of the run. If absent, it is read and checked. */
  readonly program?: Program | undefined
  readonly folder: RunFolder
  /** The settings of the run to resume; absent for a new one. */
  readonly before?: RunConfig | undefined
  readonly flags: RunFlags
  /** The command that resumes the run after Ctrl-C. */
  readonly again: string
  /** What is printed to standard output at the end. */
  readonly print: 'table' | 'json' | 'nothing'
  readonly inputs: InputFiles
}

export type RunResult =
  | { readonly kind: 'finished'; readonly report: RunReport }
  /** A loss was not finite. */
  | { readonly kind: 'stopped'; readonly why: string }
  /** Ended by Ctrl-C, printed errors or a dry run. The exit code is set. */
  | { readonly kind: 'ended' }

/** Errors of spec and data are printed, and the exit code is set. */
export async function trainRun(request: RunRequest): Promise<RunResult> {
  const { folder, flags, spec, before } = request
  const set = flags.set ?? before?.settings
  const program = request.program ?? loadSpec(spec, set ? { set: { ...set } } : {})
  let result: RunResult = { kind: 'ended' }
  if (!program) return result
  const lock = lockFolder(folder.path)
  try {
    await withSources(program, async () => {
      result = await train(program, request)
    })
  } finally {
    lock.release()
    if (flags.dryRun) rmSync(folder.path, { recursive: true, force: true })
    else if (!folder.exists) discardUnstarted(folder)
  }
  return result
}

/** The options of a run; absent ones are taken from the run to resume. */
export function askedOf(flags: RunFlags, before?: RunConfig): Asked {
  const stages = flags.stage ?? before?.stages
  const maxSteps = flags.dryRun ? 2 : (flags.maxSteps ?? before?.maxSteps)
  const memory = flags.memory ?? before?.memory
  return {
    settings: flags.set ?? before?.settings ?? {},
    seed: flags.seed ?? before?.seed ?? 0,
    randomWeights: flags.randomWeights ?? before?.randomWeights ?? false,
    ...(stages ? { stages } : {}),
    ...(maxSteps === undefined ? {} : { maxSteps }),
    passes: passesText(readPasses(flags.passes ?? (before?.passes || undefined))),
    ...(memory === undefined ? {} : { memory }),
  }
}

async function train(program: Program, request: RunRequest): Promise<RunResult> {
  const { folder, before, flags, inputs } = request
  const passes = readPasses(flags.passes ?? (before?.passes || undefined))
  requireStages(program, flags.stage)
  const asked = askedOf(flags, before)
  const { stages, memory } = asked
  const termGradients = flags.termGradients ?? before?.termGradients
  if (before) requireSameSpec(folder, before, program, asked)
  const planned = new RunPlan(program, stages).stages
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
    // A resumed run has the precision with which it was started.
    const automatic = await settlePrecisions(program, planned, runner, before?.automatic)
    const memoryPlan = requireStagesFit(program, planned, {
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
      compileMaskedTap: (checked, instance, path, sizes, options) =>
        compileMaskedTap(checked, instance, path, sizes, { ...options, passes }),
      runnerProducts,
      proposals: userCache('augmentation'),
      folder,
      requireTrained: !before && !asked.randomWeights,
      observer: display,
      automatic,
      planned: memoryPlan,
      ...(termGradients === false ? {} : { termGradients: termGradients ? 'logged' : 'sampled' }),
      interrupted: () => interrupt.asked,
      ...asked,
      ...(flags.cache === undefined ? {} : { cache: flags.cache }),
      ...(flags.dryRun ? { evaluationLimit: 2, verifyCheckpoints: true } : {}),
    })
    for (const name of trainer.plan.dataNames)
      for (const cut of data.cutTexts(name)) process.stderr.write(`${cutLine(cut)}\n`)
    const read = Object.fromEntries(trainer.plan.dataNames.map((name) => [name, data.fingerprint(name)]))
    const files = inputs.hashes(program, !asked.randomWeights)
    if (before) {
      requireSameData(folder, before, read)
      requireSameInputs(folder, before, files)
      removeReport(folder)
      if (existsSync(folder.last)) trainer.resume()
      // The run ended before its first checkpoint, so it begins again.
      else folder.trimLog(() => false)
    } else {
      const texts = specTexts(program)
      folder.create(
        {
          ...configOf(program, asked, runner.name, textHashes(texts), read),
          files,
          ...(termGradients === undefined ? {} : { termGradients }),
          ...(automatic ? { automatic } : {}),
        },
        texts,
      )
    }
    const outcome = await trainer.run()
    display.end()
    const result = finish(program, trainer, outcome, request)
    trainer.dispose()
    return result
  } catch (error) {
    display.end()
    const [stopped] = error instanceof DiagnosticError ? error.diagnostics : []
    if (stopped?.code !== 'E1001') throw error
    printDiagnostics([stopped], new Map())
    process.exitCode = exitCodes.runFailed
    return { kind: 'stopped', why: stopped.message }
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

function finish(program: Program, trainer: Trainer, outcome: TrainOutcome, request: RunRequest): RunResult {
  const { folder } = trainer
  const { flags, again, print } = request
  if (outcome.kind === 'interrupted') {
    process.stderr.write(
      `saved at step ${formatCount(outcome.step)} of stage ${outcome.stage}; continue with: ${again}\n`,
    )
    process.exitCode = interruptedCode
    return { kind: 'ended' }
  }
  if (flags.dryRun) {
    const count = trainer.plan.stages.length
    process.stderr.write(
      `dry run: ${count} stage${count === 1 ? '' : 's'} of two steps, with evaluation, save and reload, succeeded; nothing was kept\n`,
    )
    return { kind: 'ended' }
  }
  const models = reportModels(
    reportedInstances(program, trainer.instances),
    (instance) => trainer.score(instance, { final: true, metrics: trainer.plan.metricsOf(instance) }),
    trainer.evaluator,
    () => performance.now(),
  )
  const report = { trained: trainer.plan.trainedInstances.map(({ name }) => name), models }
  writeReport(folder, report)
  if (print === 'json')
    process.stdout.write(`${JSON.stringify({ run: folder.path, models: reportToJson(models) }, null, 2)}\n`)
  else if (print === 'table')
    process.stdout.write(`\n${formatReport(models, process.stdout.columns ?? 100)}\n`)
  process.stderr.write(`${whereModelsAre(trainer, outcome).join('\n')}\n`)
  return { kind: 'finished', report }
}

function whereModelsAre(
  { folder, plan }: Trainer,
  { best }: Extract<TrainOutcome, { kind: 'finished' }>,
): string[] {
  // If several stages trained a model, the best weights of the last one are kept.
  const last = new Map(best.map((one) => [one.best.model, one]))
  const kept = [...last.values()].map(
    ({ stage, best: { model, step } }) =>
      `  best ${model}: step ${formatCount(step)} of stage ${stage} -> ${folder.model(model)}`,
  )
  const others = plan.trainedInstances
    .filter(({ name }) => !last.has(name))
    .map(({ name }) => `  ${name} -> ${folder.model(name)}`)
  return [...kept, ...others]
}

/** Deletes the folder of a run that never began. A folder with other files stays. */
function discardUnstarted(folder: RunFolder): void {
  rmSync(folder.tokenizers, { recursive: true, force: true })
  if (existsSync(folder.path) && readdirSync(folder.path).length === 0) rmdirSync(folder.path)
}
