/** The event file of a run: its settings and spec, its log, histograms of weights, and its final scores. */
import { basename, join, relative, resolve } from 'node:path'
import { readProgress } from '../train/checkpoint.ts'
import type { RunReport } from '../train/report-file.ts'
import type { RunFolder } from '../train/run-folder.ts'
import type { SweepFolder } from '../train/sweep-folder.ts'
import { finishedRuns } from '../train/sweep-results.ts'
import { readSafetensorsHeader, readSafetensorsTensor } from '../weights/safetensors.ts'
import { EventFile } from './event-file.ts'
import { type LogValues, valuesOfLine } from './log-values.ts'
import { code, experiment, histogram, scalar, sessionEnd, sessionStart, type Value } from './values.ts'

export class RunEvents {
  private readonly file: EventFile
  /** Of the last event. Older logs have no times, so theirs is the begin of the run. */
  private time: Date

  /**
   * Writes what is known of the run so far. An earlier event file of this run is replaced.
   * @param folder of this run's events alone
   * @throws DiagnosticError E0907 if the system refuses
   */
  constructor(folder: string, run: RunFolder) {
    const { created, settings, seed } = run.readConfig()
    this.time = new Date(created)
    this.file = new EventFile(join(folder, fileName(this.time)), this.time)
    const isSet = Object.keys(settings).length > 0
    const shown = isSet ? settings : { seed: String(seed) }
    const texts = [...run.readTexts()].filter(([name]) => !name.startsWith('std/'))
    this.add([
      sessionStart(shown, isSet ? JSON.stringify(settings) : '', this.time),
      ...texts.map(([name, text]) => code(`spec/${name}`, text)),
    ])
    for (const line of run.readLog()) this.line(line)
  }

  get path(): string {
    return this.file.path
  }

  /** Adds a line of the log, and gives what it evaluates. */
  line(line: unknown): LogValues['evaluated'] {
    const found = valuesOfLine(line)
    if (found === undefined) return undefined
    this.time = found.time ?? this.time
    this.add([...found.values, ...(found.finished ? [sessionEnd(this.time)] : [])], found.step)
    return found.evaluated
  }

  /** Histograms of weights at a step of a stage. */
  weights(stage: string, step: number, weights: Iterable<readonly [name: string, data: Float32Array]>): void {
    const values: Value[] = []
    for (const [name, data] of weights)
      if (data.length > 0) values.push(histogram(`${stage}/weights/${name}`, data))
    this.add(values, step)
  }

  /** The scores of the final table, by which the runs of a sweep are compared. */
  report(report: RunReport): void {
    this.add(finalScores(report).map(([tag, value]) => scalar(tag, value)))
  }

  private add(values: readonly Value[], step = 0): void {
    this.file.add(values, step, this.time)
  }
}

/** Weights of the checkpoints that a run has, and of the files in best/. */
export function addSavedWeights(events: RunEvents, run: RunFolder): void {
  const saved = run.checkpoints
    .map((name) => run.checkpoint(name))
    .map((file) => ({ file, ...readProgress(file) }))
    .sort((a, b) => a.step - b.step)
  // Two files may have the weights of one step: the last checkpoint is also kept under its step.
  const seen = new Set<string>()
  for (const { file, stage, step } of saved) {
    if (stage === undefined || seen.has(`${stage} ${step}`)) continue
    seen.add(`${stage} ${step}`)
    events.weights(stage, step, tensorsOf(file))
  }
  for (const model of run.models) events.weights('best', 0, tensorsOf(run.model(model), `${model}.`))
}

/** Without the moments of an optimizer. */
function* tensorsOf(file: string, owner = ''): Iterable<[string, Float32Array]> {
  const header = readSafetensorsHeader(file)
  for (const name of header.tensors.keys()) {
    if (/^slot \d+ /.test(name)) continue
    const { data } = readSafetensorsTensor(header, name)
    if (data instanceof Float32Array) yield [`${owner}${name}`, data]
  }
}

/** Where the events of a run are among those of others: below the sweep that it is part of. */
export function eventsFolder(folder: string, run: RunFolder, sweep?: SweepFolder): string {
  if (sweep === undefined) return join(folder, basename(resolve(run.path)))
  return join(folder, basename(resolve(sweep.path)), relative(sweep.path, run.path))
}

/** The swept settings and the scores of the finished runs, for the page HParams. */
export function writeExperiment(folder: string, sweep: SweepFolder): void {
  const { created, swept } = sweep.read()
  const name = basename(resolve(sweep.path))
  const begun = new Date(created)
  const tags = finishedRuns(sweep).flatMap(({ report }) => finalScores(report).map(([tag]) => tag))
  const file = new EventFile(join(folder, name, fileName(begun)), begun)
  file.add([experiment({ name, created: begun, settings: swept, metrics: [...new Set(tags)] })], 0, begun)
}

function finalScores({ models }: RunReport): [tag: string, value: number][] {
  return models.flatMap(({ name, score }) =>
    [...(score?.values ?? [])].map(([metric, value]): [string, number] => [`final/${name}/${metric}`, value]),
  )
}

/** TensorBoard takes each file with `tfevents` in its name. */
function fileName(begun: Date): string {
  return `events.out.tfevents.${Math.floor(begun.getTime() / 1000)}.distill`
}
