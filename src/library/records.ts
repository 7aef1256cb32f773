/**
 * Computes the records of frozen teachers ahead of a training, in the folder of its run: a new one, or one
 * that is there. `train` with `resume` continues it.
 */
import { alone, textOfFirst } from '../cluster/cluster.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { recordsOfSweep } from '../diagnostics/messages/command-line.ts'
import { followerFolder } from '../train/follower-folder.ts'
import { InputFiles } from '../train/input-files.ts'
import { freshRunPath, latestRunOf, RunFolder } from '../train/run-folder.ts'
import type { AheadOutcome } from '../train/stage/records-ahead.ts'
import { SweepFolder, sweptBy } from '../train/sweep-folder.ts'
import { openSpec } from './open-spec.ts'
import type { RunObserver } from './train-observer.ts'
import type { RunOptions, TrainOptions } from './train-options.ts'
import { inRun, type Purpose } from './train-run.ts'

export interface RecordsOptions
  extends Pick<
      RunOptions,
      | 'settings'
      | 'stages'
      | 'backend'
      | 'seed'
      | 'maxSteps'
      | 'randomWeights'
      | 'memory'
      | 'cache'
      | 'allowInexact'
      | 'passes'
    >,
    Pick<TrainOptions, 'cluster' | 'signal'> {
  /** The folder of the run (default: the last run of the spec if it has only records, else a new one). */
  readonly out?: string | undefined
}

/** Of a rank other than 0 the result is that of a follower: rank 0 has written the records. */
export interface RecordsResult extends AheadOutcome {
  readonly folder: string
}

/** @throws DiagnosticError as `trainSpec`, E1133, E1023 and E1134 */
export async function computeRecords(
  spec: string,
  { out, signal, cluster = alone, ...options }: RecordsOptions,
  observer: RunObserver,
): Promise<RecordsResult> {
  const own = cluster.rank === 0 ? folderOf(spec, out) : undefined
  const run = textOfFirst(cluster, () => own?.path ?? '', 'the folder of the run')
  const isThere = textOfFirst(cluster, () => (own?.exists ? 'yes' : ''), 'whether the run is there') !== ''
  const folder = own ?? followerFolder(isThere ? run : undefined)
  const before = isThere ? folder.readConfig() : undefined
  const opened = before ? undefined : openNew(spec, options, observer)
  const inputs = new InputFiles()
  const { program, time } = opened ?? {}
  return inRun(
    { spec, program, time, folder, run, before, options, inputs, observer, signal, cluster },
    recording,
  )
}

const recording: Purpose<RecordsResult> = {
  onlyRecords: true,
  prepare({ trainer }) {
    const compute = trainer.ahead()
    return async () => {
      const made = await compute()
      trainer.dispose()
      return { ...made, folder: trainer.folder.path }
    }
  },
}

function openNew(spec: string, { settings = {} }: RecordsOptions, observer: RunObserver) {
  const opened = openSpec(spec, { settings })
  observer.warnings?.(opened.warnings, opened.program.sources, spec)
  if (sweptBy(opened.program.sweep, [], settings).length > 0)
    throw new DiagnosticError(recordsOfSweep({ spec }))
  return opened
}

function folderOf(spec: string, out: string | undefined): RunFolder {
  if (out !== undefined) {
    if (new SweepFolder(out).exists) throw new DiagnosticError(recordsOfSweep({ spec }))
    return new RunFolder(out)
  }
  const latest = latestRunOf(spec)
  return latest?.readConfig().onlyRecords ? latest : new RunFolder(freshRunPath(spec, new Date()))
}
