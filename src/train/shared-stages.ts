/**
 * A stage that another run of the sweep has computed from the same: it is taken over as if this run were
 * resumed after the stage's last step. The key has all that decides the result: the compiled step, the
 * settings of the stage, the data, the options of the run, and the weights and moments at the beginning.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { answerPaths } from '../check/head-outputs.ts'
import { byData, measuredBy } from '../check/metric-names.ts'
import type { ModelInstance, Stage } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { writeAtomically } from '../disk/atomic-write.ts'
import { version } from '../disk/manifest.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { readText } from '../disk/whole-files.ts'
import { parsedJson } from '../files/json.ts'
import type { StageGraphs } from '../lower/stage.ts'
import { readSafetensors } from '../weights/safetensors.ts'
import { loadCheckpoint, type Progress, saveCheckpoint } from './checkpoint.ts'
import { graphText, hashOf } from './content-keys.ts'
import type { DataProvider } from './feed.ts'
import { modelsOf } from './first-use.ts'
import { allFinite, type ParameterStore } from './parameters.ts'
import type { RunFolder } from './run-folder.ts'
import { scoredHead } from './scoring.ts'
import type { SharedResults } from './shared-results.ts'
import { structuralText } from './structural-text.ts'
import type { TrainOptions } from './train-options.ts'
import type { OptimizerState } from './update.ts'

/** What a stage begins with. */
export interface StageStart {
  readonly stage: Stage
  readonly dataName: string
  /** With the examples that augmentation made. */
  readonly data: DataProvider
  readonly graphs: StageGraphs
  /** The models that the stage trains. */
  readonly trained: readonly ModelInstance[]
  readonly store: ParameterStore
  readonly optimizer: OptimizerState
  /** Steps of the stage, and those before it where it continues an optimizer. */
  readonly total: number
  readonly offset: number
}

/** How a run goes on at the beginning of a stage. */
export interface Reused {
  readonly progress: Progress
  /** Where the stage was taken over: the folder of the run that computed it, and the state at its end. */
  readonly from?: string
  readonly optimizer?: OptimizerState
  /** The last logged terms. */
  readonly terms?: Readonly<Record<string, number>>
}

/**
 * Takes over a stage that another run of the sweep has computed. If none has, its progress gets the key under
 * which it is published at its end. Undefined outside a sweep.
 * @param savedKeys the keys of a checkpoint in the stage
 */
export function reuseStage(
  start: StageStart,
  options: TrainOptions,
  before: Progress,
  savedKeys: readonly string[],
): Reused | undefined {
  const { shared, folder } = options
  if (!shared) return undefined
  const key = stageKey(start, options)
  const { finished } = before
  return takeStage(shared, key, { ...start, folder, finished, savedKeys }) ?? { progress: { ...before, key } }
}

/** Events of a stage that each run logs itself, before it looks for the stage. */
const ownEvents: ReadonlySet<unknown> = new Set(['teacher', 'augmented'])

const stageLine = z.looseObject({
  stage: z.string(),
  event: z.string().optional(),
  terms: z.record(z.string(), z.number()).optional(),
  time: z.string(),
})

const files = { last: 'last.safetensors', best: 'best.safetensors', log: 'log.json' } as const

/** A checkpoint of the stage that is kept beside the last one. */
const keptFile = (step: number): string => `step-${step}.safetensors`

/** A hash of everything that decides the result of a stage. */
function stageKey(start: StageStart, options: TrainOptions): string {
  const { stage, data, dataName, graphs, store, optimizer, total, offset } = start
  const { program, runner, seed, maxSteps, randomWeights, termGradients, cache, automatic } = options
  const { minimize: _, terms, unreached: __, targets, ...settings } = stage
  const { step, forward, counts, frozen, normalisers, readsPadding, tokensAtOnce } = graphs
  const owners = new Set([...modelsOf(program, stage), ...stage.projections])
  const trained = new Set(stage.trained)
  const read = store.keys().filter((key) => trained.has(key) || owners.has(key.replace(/[.[].*$/s, '')))
  const facts = structuralText([
    [version(), runner.name, seed, maxSteps, randomWeights, termGradients, cache, automatic],
    [settings, terms.map(({ name }) => name), [...targets.keys()], total, offset],
    [step, forward, counts, ...(frozen ? [frozen.graph] : [])].map(graphText),
    [...(graphs.termSteps ?? [])].map(([name, graph]) => [name, graphText(graph)]),
    [normalisers, readsPadding, tokensAtOnce, graphs.termNormalisers, frozen?.values],
    [program.data.get(dataName), data.fingerprint(dataName)],
    scoring(start, options),
    read.sort().map((key) => [key, hashOf(store.get(key))]),
    stage.continueOptimizer
      ? [...optimizer].map(([key, own]) => [key, own.updates, own.slots.map(hashOf)])
      : [],
  ])
  return createHash('sha256').update(facts).digest('hex').slice(0, 32)
}

/** The evaluations of the stage: heads, metrics and data. */
function scoring({ stage, trained }: StageStart, options: TrainOptions): unknown {
  const { program, data, evaluationLimit } = options
  return byData(measuredBy(stage)).flatMap(({ metrics, on }) =>
    trained.flatMap((instance) => {
      const where = on === undefined ? { preferred: stage.data ?? '' } : { only: on }
      const head = scoredHead(program, data, instance, { metrics, ...where })
      if (!head) return []
      const graph = options.compileTaps(program, instance.name, answerPaths(head.output))
      const scored = [head.data, data.fingerprint(head.data.name), head.split, head.metrics]
      return [[instance.name, graphText(graph), scored, evaluationLimit]]
    }),
  )
}

/** Adds a stage after its last step, before its best weights are restored. */
export function publishStage(
  shared: SharedResults,
  key: string,
  state: {
    readonly stage: Stage
    readonly store: ParameterStore
    readonly optimizer: OptimizerState
    readonly progress: Progress
    readonly folder: RunFolder
  },
): void {
  const { stage, store, optimizer, progress, folder } = state
  if (!stage.trained.every((key) => allFinite(store.get(key).read()))) return
  shared.publish('stage', key, (path) => {
    saveCheckpoint(join(path, files.last), store, stage.trained, optimizer, { ...progress, finished: [] })
    if (progress.best) copyFileSync(folder.bestOf(stage.name), join(path, files.best))
    for (const step of folder.keptSteps(stage.name))
      copyFileSync(folder.checkpointOf(stage.name, step), join(path, keptFile(step)))
    const lines = folder.readLog().flatMap((line) => {
      const { success, data } = stageLine.safeParse(line)
      return success && data.stage === stage.name && !ownEvents.has(data.event) ? [data] : []
    })
    writeAtomically(join(path, files.log), [Buffer.from(JSON.stringify(lines))])
  })
}

/**
 * The log lines of an entry, if every byte of its checkpoints is what was written. One that is damaged is
 * rebuilt.
 */
function linesOfWhole(entry: string): z.infer<typeof stageLine>[] | undefined {
  try {
    for (const name of readdirSync(entry))
      if (name.endsWith('.safetensors')) readSafetensors(join(entry, name))
    return z.array(stageLine).safeParse(parsedJson(readText(join(entry, files.log), nodeDisk) ?? '')).data
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined
    throw error
  }
}

/**
 * Takes over a stage: weights into the store, its best ones into the run folder, and its lines into the log.
 * Undefined if no run has computed it.
 */
function takeStage(
  shared: SharedResults,
  key: string,
  {
    stage,
    store,
    folder,
    finished,
    savedKeys,
  }: {
    readonly stage: Stage
    readonly store: ParameterStore
    readonly folder: RunFolder
    readonly finished: Progress['finished']
    /** The keys of a checkpoint in this stage. */
    readonly savedKeys: readonly string[]
  },
): Reused | undefined {
  const entry = shared.find('stage', key)
  if (!entry) return undefined
  const lines = linesOfWhole(entry.path)
  if (lines === undefined) {
    shared.remove('stage', key)
    return undefined
  }
  // Kept checkpoints are whole: models of other stages are those of this run.
  const only = new Set(stage.trained)
  for (const name of readdirSync(entry.path)) {
    const step = /^step-(\d+)\.safetensors$/.exec(name)?.[1]
    if (step === undefined) continue
    const { optimizer, progress } = loadCheckpoint(join(entry.path, name), store, { only })
    const file = folder.checkpointOf(stage.name, Number(step))
    saveCheckpoint(file, store, savedKeys, optimizer, { ...progress, finished }, folder)
  }
  const best = join(entry.path, files.best)
  if (existsSync(best)) {
    const { progress } = loadCheckpoint(best, store)
    const own = { ...progress, finished }
    saveCheckpoint(folder.bestOf(stage.name), store, stage.trained, new Map(), own, folder)
  }
  const { optimizer, progress } = loadCheckpoint(join(entry.path, files.last), store)
  folder.log({ event: 'reused', stage: stage.name, step: 0, from: entry.from })
  for (const line of lines) folder.log(line, new Date(line.time))
  const terms = lines.findLast((line) => line.terms)?.terms ?? {}
  return { from: entry.from, optimizer, progress: { ...progress, finished }, terms }
}
