/** Event files for TensorBoard: while a run trains, and of the runs in a folder. */
import { combinationsOf } from '../check/combinations.ts'
import { addSavedWeights, eventsFolder, RunEvents, writeExperiment } from '../tensorboard/run-events.ts'
import { storedParameters } from '../train/parameters.ts'
import { readReport } from '../train/report-file.ts'
import type { Trainer } from '../train/run.ts'
import { RunFolder } from '../train/run-folder.ts'
import { SweepFolder } from '../train/sweep-folder.ts'
import type { RunOptions } from './train-options.ts'

interface RecordedRun {
  readonly options: RunOptions
  /** The sweep that it is part of. */
  readonly sweep?: SweepFolder | undefined
}

/**
 * Writes the log of a run as it grows, and histograms of the weights of each model when it is evaluated.
 * Undefined where the run does not ask for it.
 */
export function recordEvents(
  trainer: Trainer,
  { options: { tensorboard, dryRun }, sweep }: RecordedRun,
): RunEvents | undefined {
  if (tensorboard === undefined || dryRun) return undefined
  const { folder, instances, store } = trainer
  const events = new RunEvents(eventsFolder(tensorboard, folder, sweep), folder)
  const reused = new Set<unknown>()
  folder.follow((line) => {
    const evaluated = events.line(line)
    // The store has the last weights of a stage that was taken over, not those of its evaluations.
    if (line.event === 'reused') reused.add(line.stage)
    if (reused.has(line.stage)) return
    const instance = instances.find(({ name }) => name === evaluated?.model)
    if (evaluated === undefined || instance === undefined || typeof line.step !== 'number') return
    const weights = storedParameters(instance).map(({ key }) => [key, store.get(key).read()] as const)
    events.weights(evaluated.stage, line.step, weights)
  })
  return events
}

/**
 * Writes the logs of a run, or of each run of a sweep, with histograms of the weights that it keeps.
 * @returns the event files of the runs
 * @throws DiagnosticError E1107 where the folder is no run, E0907 where a file cannot be written
 */
export function exportLogs(path: string, tensorboard: string): string[] {
  const sweep = new SweepFolder(path)
  if (!sweep.exists) return [exportLog(new RunFolder(path), tensorboard)]
  const { swept, seeds } = sweep.read()
  const runs = combinationsOf(swept).flatMap((combination) =>
    seeds.map((seed) => sweep.run(combination, seed)).filter((run) => run.exists),
  )
  const files = runs.map((run) => exportLog(run, tensorboard, sweep))
  writeExperiment(tensorboard, sweep)
  return files
}

/** @returns the event file of one run, as `exportLogs` */
export function exportLog(run: RunFolder, tensorboard: string, sweep?: SweepFolder): string {
  const events = new RunEvents(eventsFolder(tensorboard, run, sweep), run)
  addSavedWeights(events, run)
  const report = readReport(run)
  if (report) events.report(report)
  return events.path
}
