/**
 * One run: compiles, trains and evaluates the stages of a spec in a run folder, and writes its report. An
 * observer is called with its events.
 */

import { rmSync } from 'node:fs'
import type { CheckTime } from '../check/check.ts'
import type { Program, Stage } from '../check/program.ts'
import { divisionOf, requireAlike, requireDivisible, requireShared } from '../cluster/agreement.ts'
import { alone, type Cluster, onAny } from '../cluster/cluster.ts'
import { Division } from '../cluster/division.ts'
import { workersOf } from '../cluster/share-out.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { differentiate } from '../differentiate/differentiate.ts'
import { isThere, removeAll } from '../disk/whole-files.ts'
import type { Graph } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { compileMaskedTap, compileStage, compileTaps } from '../lower/stage.ts'
import { openPrivateFolder } from '../run/private-folder.ts'
import { userCache } from '../run/user-cache.ts'
import { runnerProducts } from '../train/augmentation/runner-products.ts'
import type { InputFiles } from '../train/input-files.ts'
import { removeFinal } from '../train/kept/final.ts'
import { clearPartial, removeEmpty, tidy } from '../train/leftovers.ts'
import { ProgramData } from '../train/program-data.ts'
import { removeReport } from '../train/report-file.ts'
import {
  type Asked,
  requireSameData,
  requireSameInputs,
  requireSameLayout,
  requireSameSpec,
} from '../train/resume.ts'
import { Trainer } from '../train/run.ts'
import { type RunConfig, RunFolder } from '../train/run-folder.ts'
import { RunPlan } from '../train/run-plan.ts'
import { type Computer, settleComputer } from '../train/same-bits.ts'
import type { SharedData } from '../train/shared-data.ts'
import type { SharedFigures } from '../train/shared-figures.ts'
import type { SharedResults } from '../train/shared-results.ts'
import { specTexts, textHashes } from '../train/spec-texts.ts'
import type { SweepFolder } from '../train/sweep-folder.ts'
import { computerOf, factsOf } from './computer.ts'
import { withSources } from './distill-error.ts'
import { baselinesOf, finalScores, finishRun } from './finish-run.ts'
import { lockObserved } from './lock-observed.ts'
import { requireStagesFit } from './memory.ts'
import { requireStages } from './open-run.ts'
import { openSpec } from './open-spec.ts'
import { passesText, readPasses } from './passes.ts'
import { settlePrecisions } from './precision.ts'
import type { RunResult } from './run-result.ts'
import { openSame, precisionsOfFirst } from './same-on-all.ts'
import { recordEvents } from './tensorboard.ts'
import type { RunObserver } from './train-observer.ts'
import type { RunOptions } from './train-options.ts'

export interface SharedParts {
  readonly data: SharedData
  readonly figures: SharedFigures
  /** Absent for a dry run, which keeps nothing. */
  readonly results?: SharedResults
}

export interface RunRequest {
  readonly spec: string
  /** The spec with the settings of the run. If absent, it is read and checked. */
  readonly program?: Program | undefined
  readonly folder: RunFolder
  /** The folder of the run, where this rank has another one of its own; absent: `folder`. */
  readonly run?: string | undefined
  /** The processes that train together; absent: this one alone. */
  readonly cluster?: Cluster | undefined
  /** Called with the folder locked. What it throws ends the run before it begins. */
  readonly locked?: (() => void) | undefined
  /** The settings of the run to resume; absent for a new one. */
  readonly before?: RunConfig | undefined
  /** How long it was read and checked, if this run did it. */
  readonly time?: CheckTime | undefined
  readonly options: RunOptions
  readonly inputs: InputFiles
  /** The sweep that this run is part of. */
  readonly sweep?: SweepFolder | undefined
  readonly observer: RunObserver
  /** In a sweep: data and results that its runs have in common. */
  readonly shared?: SharedParts | undefined
  /** Once aborted, the run saves after the current step and ends. */
  readonly signal?: AbortSignal | undefined
}

/** What is done in the folder of a run, once all is read and compared. */
export interface Purpose<Result> {
  /** Whether only records of frozen teachers are computed, for a later training. */
  readonly onlyRecords: boolean
  /** Called before a new run begins. What it throws leaves no folder. */
  prepare(opened: OpenedRun): () => Promise<Result>
}

interface OpenedRun {
  readonly program: Program
  readonly request: RunRequest
  readonly trainer: Trainer
  readonly data: ProgramData
}

/** @throws DistillError for mistakes in the spec and its data */
export function trainRun(request: RunRequest): Promise<RunResult> {
  return inRun(request, { onlyRecords: false, prepare: (opened) => () => trained(opened) })
}

/** @throws DistillError for mistakes in the spec and its data */
export async function inRun<Result>(request: RunRequest, purpose: Purpose<Result>): Promise<Result> {
  const { folder, options, spec, before, cluster = alone, run = folder.path } = request
  const temporary = options.dryRun === true || cluster.rank > 0
  const settings = options.settings ?? before?.settings
  const { program, time } = request.program
    ? { program: request.program, time: request.time }
    : openSpec(spec, { ...(settings ? { settings } : {}), labels: before?.labels })
  const made = !isThere(folder.path, folder.disk)
  // Told before: a signal may come as soon as there is a lock.
  request.observer.holds?.({ folder: folder.path, made, temporary })
  const lock = lockObserved(folder.path, folder.disk, request.observer)
  const own = new RunFolder(folder.path, lock.disk)
  const hadVocabularies = isThere(own.tokenizers, own.disk)
  try {
    request.locked?.()
    return await withSources(program.sources, async () => {
      await requireShared(cluster, run)
      clearPartial(own)
      return open(program, { ...request, folder: own, time }, purpose)
    })
  } finally {
    // Of a run that never began nothing is left; what was there before stays.
    try {
      tidy(() => {
        if (!own.exists && !hadVocabularies) removeAll(own.tokenizers, own.disk)
      })
    } finally {
      lock.release()
    }
    if (temporary) rmSync(folder.path, { recursive: true, force: true })
    else tidy(() => removeEmpty(folder.path, folder.disk))
  }
}

/** The options of a run; absent ones are taken from the run to resume. */
export function askedOf(options: RunOptions, before?: RunConfig): Asked {
  const stages = options.stages ?? before?.stages
  const maxSteps = options.dryRun ? 2 : (options.maxSteps ?? before?.maxSteps)
  const memory = options.memory ?? before?.memory
  const parts = options.parts ?? before?.parts
  const wire = options.wire ?? before?.wire
  return {
    settings: options.settings ?? before?.settings ?? {},
    seed: options.seed ?? before?.seed ?? 0,
    randomWeights: options.randomWeights ?? before?.randomWeights ?? false,
    ...(stages ? { stages } : {}),
    ...(maxSteps === undefined ? {} : { maxSteps }),
    passes: passesText(readPasses(options.passes ?? (before?.passes || undefined))),
    ...(memory === undefined ? {} : { memory }),
    ...(parts === undefined ? {} : { parts }),
    ...(wire === undefined ? {} : { wire }),
  }
}

async function open<Result>(
  program: Program,
  request: RunRequest,
  { onlyRecords, prepare }: Purpose<Result>,
): Promise<Result> {
  const { folder, options, inputs, observer, signal, cluster = alone } = request
  const { division, before } = divided(request, onlyRecords)
  const passes = readPasses(options.passes ?? (before?.passes || undefined))
  requireStages(program, options.stages)
  const asked = askedOf(options, before)
  const { stages, memory } = asked
  const termGradients = options.termGradients ?? before?.termGradients
  if (before) {
    requireSameLayout(folder, before)
    requireSameSpec(folder, before, program, asked)
  }
  const planned = new RunPlan(program, stages).stages
  if (!onlyRecords) requireDivisible(division, planned)
  const backend = options.backend ?? 'auto'
  const note = (text: string): void => observer.note?.(text)
  const { runner, counter } = await openSame(
    cluster,
    backend === 'auto' && before ? before.backend : backend,
    note,
  )
  const computer = computerOf(runner)
  requireAlike(cluster, factsOf(computer))
  try {
    if (before) settleComputer(folder, before, computer, { allowed: options.allowInexact === true, note })
    // A resumed run has the precision with which it was started.
    const automatic = await precisionsOfFirst(cluster, () =>
      settlePrecisions(program, planned, runner, { known: before?.automatic, note }),
    )
    const compiling = {
      passes,
      memory,
      automatic,
      ...(runner.capabilities === undefined ? {} : { capabilities: runner.capabilities }),
    }
    const memoryPlan = requireStagesFit(program, planned, compiling, { front: request.time })
    const data = new ProgramData(program, folder.tokenizers, request.shared?.data, folder.disk)
    if (division.wire !== 'float32' && cluster.size > 1)
      note(`gradients travel in ${division.wire}: the weights have other bits with another number of ranks`)
    observer.runBegins?.({
      spec: program.file,
      runner,
      seed: asked.seed,
      ...(options.dryRun ? {} : { folder: request.run ?? folder.path }),
      ...(cluster.size > 1 ? { division } : {}),
    })
    const trainer = new Trainer({
      program,
      runner,
      counter,
      data,
      compileStage: (checked, stage, own) => compileStage(checked, stage, { ...own, passes, memory }),
      compileTaps: (checked, instance, paths, own) =>
        compileTaps(checked, instance, paths, { ...own, passes }),
      compileMaskedTap: (checked, instance, path, sizes, own) =>
        compileMaskedTap(checked, instance, path, sizes, { ...own, passes }),
      runnerProducts,
      ...augmentationCache(program, note),
      shared: request.shared?.results,
      figures: request.shared?.figures,
      folder,
      observer,
      automatic,
      planned: memoryPlan,
      agreement: true,
      requireTrained: !before && !asked.randomWeights,
      ...(termGradients === false ? {} : { termGradients: termGradients ? 'logged' : 'sampled' }),
      interrupted: () => onAny(cluster, signal?.aborted ?? false, 'whether it goes on'),
      division,
      ...asked,
      ...(options.verifyStart ? { startCheck: { runner: counter, differentiate: ofStage } } : {}),
      ...(options.cache === undefined ? {} : { cache: options.cache }),
      ...(options.dryRun ? { evaluationLimit: 2, verifyCheckpoints: true } : {}),
    })
    const workers = workersOf(cluster)
    for (const name of trainer.plan.dataNames) data.dataset(name, workers)
    for (const name of trainer.plan.dataNames) for (const cut of data.cutTexts(name)) observer.cut?.(cut)
    if (!before) for (const line of data.leaks(trainer.plan.dataNames)) note(line)
    const read = Object.fromEntries(trainer.plan.dataNames.map((name) => [name, data.fingerprint(name)]))
    const files = inputs.hashes(program, !asked.randomWeights)
    if (before) {
      requireSameData(folder, before, read)
      requireSameInputs(folder, before, files)
      if (!onlyRecords) {
        removeReport(folder)
        removeFinal(folder)
      }
      trainer.resume()
    }
    const run = prepare({ program, request, trainer, data })
    if (before) {
      const { onlyRecords: had, ...now } = folder.readConfig()
      if (had && !onlyRecords) folder.writeConfig({ ...before, ...now })
    } else {
      const texts = specTexts(program)
      folder.create(
        {
          ...configOf(program, asked, textHashes(texts), read),
          ...computer,
          files,
          ...(termGradients === undefined ? {} : { termGradients }),
          ...(automatic ? { automatic } : {}),
          ...division.settings,
          ...(onlyRecords ? { onlyRecords } : {}),
        },
        texts,
      )
    }
    return await run()
  } finally {
    runner.dispose()
  }
}

async function trained({ program, request, trainer, data }: OpenedRun): Promise<RunResult> {
  const { folder, options, cluster = alone } = request
  try {
    const baselines = options.dryRun || cluster.rank > 0 ? [] : baselinesOf(trainer, data)
    const events = cluster.rank === 0 ? recordEvents(trainer, request) : undefined
    const outcome = await trainer.run()
    const isFinished = outcome.kind === 'finished' && !options.dryRun
    const follows = cluster.rank > 0
    if (isFinished && follows) finalScores(trainer)
    const finished = isFinished && !follows ? finishRun(trainer, data, baselines, outcome.best) : undefined
    trainer.dispose()
    if (follows) return { kind: 'followed' }
    if (outcome.kind === 'interrupted') return { ...outcome, folder: folder.path, out: folder.path }
    if (finished === undefined) return { kind: 'tried', stages: trainer.plan.stages.length }
    events?.report(finished.report)
    return { kind: 'finished', folder: folder.path, ...finished }
  } catch (error) {
    const [stopped] = error instanceof DiagnosticError ? error.diagnostics : []
    if (stopped?.code !== 'E1001') throw error
    return { kind: 'stopped', diagnostic: stopped, sources: program.sources }
  }
}

/**
 * How batches are divided among ranks, and the settings of the run to resume with it. A run of which only
 * records were computed takes its parts when it is first trained. Records themselves have no parts.
 */
function divided(
  { before, options, cluster = alone }: RunRequest,
  onlyRecords: boolean,
): { readonly division: Division; readonly before: RunConfig | undefined } {
  if (onlyRecords) return { division: new Division(cluster, 1), before }
  if (!before?.onlyRecords) return { division: divisionOf(cluster, options, before), before }
  const { onlyRecords: _, ...settings } = before
  const division = divisionOf(cluster, options, undefined)
  const { termGradients = before.termGradients } = options
  return {
    division,
    before: {
      ...settings,
      ...division.settings,
      ...(termGradients === undefined ? {} : { termGradients }),
    },
  }
}

/** The gradients of what a stage trains, without any pass. */
function ofStage(forward: Graph, { trained }: Stage): Graph {
  return differentiate(forward, 'total', trained, ops)
}

function configOf(
  program: Program,
  asked: Asked,
  texts: Record<string, string>,
  data: RunConfig['data'],
): Omit<RunConfig, keyof Computer> {
  return {
    version: 2,
    spec: program.file,
    folder: process.cwd(),
    settings: { ...asked.settings },
    seed: asked.seed,
    randomWeights: asked.randomWeights,
    ...(asked.stages ? { stages: [...asked.stages] } : {}),
    ...(asked.maxSteps === undefined ? {} : { maxSteps: asked.maxSteps }),
    passes: asked.passes,
    ...(asked.memory === undefined ? {} : { memory: asked.memory }),
    texts,
    data,
    ...labelsOf(program),
    created: new Date().toISOString(),
  }
}

/** The labels that are taken from training data, so that the run has them when the data have changed. */
function labelsOf({ data }: Program): Pick<RunConfig, 'labels'> {
  const labels: Record<string, string[]> = {}
  for (const { label } of data.values())
    if (label && 'origin' in label && label.origin && label.labels)
      labels[label.origin.data] = [...label.labels]
  return Object.keys(labels).length > 0 ? { labels } : {}
}

/** The folder of cached candidates; none where no data is augmented, or others could write to it. */
function augmentationCache(program: Program, note: (text: string) => void): { readonly proposals?: string } {
  if (![...program.data.values()].some(({ augment }) => augment !== undefined)) return {}
  const proposals = userCache('augmentation')
  const fault = openPrivateFolder(proposals)
  if (fault === undefined) return { proposals }
  note(`candidates of the augmentation are not cached: ${fault.reason}; remedy: ${fault.remedy}`)
  return {}
}
