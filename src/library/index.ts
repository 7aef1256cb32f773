/**
 * `import { check, explain, train, load, exportModel } from 'distill'`: what the command line does, for
 * programs. Nothing is printed and no process ends: results are data, and errors are a `DistillError` with
 * diagnostics. To import it loads no compiler and no backend; the first call does.
 */
import type { BaselineResult, ModelResult } from '../train/report.ts'
import type { CombinationResult } from '../train/sweep-table.ts'
import type { Prediction } from '../train/tasks/prediction.ts'
import type { CheckOptions, StudentCheck } from './check.ts'
import { DistillError, type LocatedDiagnostic, located, withSources } from './distill-error.ts'
import type { ExplainOptions, Explanation } from './explain.ts'
import type { ExportedFolder, ExportedModel, ExportOptions } from './export-model.ts'
import type { LoadedModel, LoadOptions, Text } from './load.ts'
import type { RunResult, TrainedWeights } from './run-result.ts'
import {
  type SpecSource,
  type SpecText,
  sourcesWithoutFolder,
  withoutFolder,
  withSpecFile,
} from './spec-source.ts'
import type { TrainEvent } from './train-events.ts'
import type { TrainOptions as TrainRequest } from './train-options.ts'
import type { SweepResult } from './train-sweep.ts'

export {
  type BaselineResult,
  type CheckOptions,
  type CombinationResult,
  DistillError,
  type ExplainOptions,
  type Explanation,
  type ExportedFolder,
  type ExportedModel,
  type ExportOptions,
  type LoadedModel,
  type LoadOptions,
  type LocatedDiagnostic as Diagnostic,
  type ModelResult,
  type Prediction,
  type SpecSource,
  type SpecText,
  type Text,
  type TrainEvent,
  type TrainedWeights,
}

export interface CheckReport {
  /** Whether there is no error; there may be warnings. */
  readonly ok: boolean
  readonly diagnostics: readonly LocatedDiagnostic[]
  /** Lines about files that were read in part. */
  readonly remarks: readonly string[]
  /** How each student can be exported; none if the spec has errors. */
  readonly students: Readonly<Record<string, StudentCheck>>
  /** Texts by the names of files that places have. */
  readonly sources: ReadonlyMap<string, string>
}

/** All errors and warnings of a spec and of the files that it names. Does not throw for what they contain. */
export async function check(spec: SpecSource, options: CheckOptions = {}): Promise<CheckReport> {
  const { checkSpec } = await import('./check.ts')
  return withSpecFile(spec, async (path, folder) => {
    const { diagnostics: found, sources: texts, ...rest } = await checkSpec(path, options)
    const sources = folder === undefined ? texts : sourcesWithoutFolder(texts, folder)
    const diagnostics = located(folder === undefined ? found : withoutFolder(found, folder), sources)
    return { ok: diagnostics.every(({ severity }) => severity !== 'error'), ...rest, diagnostics, sources }
  })
}

/**
 * What a spec means and costs: parameters, layer maps, loss terms, optimizers, schedules, FLOPs, memory, and
 * the effect of each optimization.
 * @throws DistillError with the errors of the spec
 */
export async function explain(spec: SpecSource, options: ExplainOptions = {}): Promise<Explanation> {
  const [{ explainProgram }, { openSpec }] = await Promise.all([
    import('./explain.ts'),
    import('./open-spec.ts'),
  ])
  const { settings } = options
  return withSpecFile(spec, async (path, folder) => {
    const explanation = await withSources(new Map(), () =>
      explainProgram(
        openSpec(path, { ...(settings ? { settings } : {}), withoutData: true }).program,
        options,
      ),
    )
    return folder === undefined
      ? explanation
      : { ...explanation, spec: withoutFolder(explanation.spec, folder) }
  })
}

export interface TrainOptions extends TrainRequest {
  /** Called for each event, before training goes on. */
  readonly onProgress?: ((event: TrainEvent) => void) | undefined
}

export type Trained =
  | {
      readonly kind: 'finished'
      /** The folder of the run, for `load` and `exportModel`. */
      readonly folder: string
      /** The final table: each model beside the first one, which is the teacher. */
      readonly models: readonly ModelResult[]
      /** What counting gives on the same texts, without a model. */
      readonly baselines: readonly BaselineResult[]
      readonly weights: readonly TrainedWeights[]
    }
  /** The signal was aborted, and a checkpoint written: `train(spec, { out, resume: true })` goes on. */
  | Extract<RunResult, { kind: 'interrupted' }>
  /** A dry run. */
  | Extract<RunResult, { kind: 'tried' }>
  /** The signal was aborted while other processes trained the runs of a sweep that are left. */
  | Extract<SweepResult, { kind: 'left' }>
  /** On a rank of a cluster other than 0, which has the result. */
  | Extract<RunResult, { kind: 'followed' }>
  /** A sweep, or several seeds. */
  | {
      readonly kind: 'swept'
      readonly folder: string
      readonly combinations: readonly CombinationResult[]
      readonly runs: Extract<SweepResult, { kind: 'swept' }>['runs']
    }

/**
 * Trains the stages of a spec, as `distill train` does.
 * @throws DistillError for mistakes in the spec, its data and the options, and (E1001) where a loss is not
 * finite
 */
export async function train(
  spec: SpecSource,
  { onProgress, ...options }: TrainOptions = {},
): Promise<Trained> {
  const [{ trainSource }, { observerOf }] = await Promise.all([
    import('./train.ts'),
    import('./train-events.ts'),
  ])
  const result = await trainSource(spec, options, onProgress ? observerOf(onProgress) : {})
  switch (result.kind) {
    case 'stopped':
      throw new DistillError([result.diagnostic], result.sources)
    case 'finished': {
      const { baselinesToJson, reportToJson } = await import('../train/report.ts')
      const { kind, folder, report, weights } = result
      const [models, baselines] = [reportToJson(report.models), baselinesToJson(report.baselines)]
      return { kind, folder, models, baselines, weights }
    }
    case 'swept': {
      const { summarizeSweep, sweepToJson } = await import('../train/sweep-table.ts')
      const { kind, folder, combinations, runs } = result
      return { kind, folder, combinations: sweepToJson(summarizeSweep(combinations)), runs }
    }
    default:
      return result
  }
}

/**
 * A trained model, ready to predict.
 * @param folder of a run, or of a model of transformers, such as `exportModel` writes
 * @throws DistillError for a folder that is neither, an unfinished run, and a model, head or checkpoint that
 * is not there
 */
export async function load(folder: string, options: LoadOptions = {}): Promise<LoadedModel> {
  const { loadModel } = await import('./load.ts')
  return loadModel(folder, options)
}

/**
 * Writes a trained model of a run as a folder that transformers loads, or with `onnx` as one for every
 * program that reads ONNX.
 * @throws DistillError where no class computes what the model computes, or the folder cannot be written;
 * nothing is left behind then
 */
export async function exportModel(
  run: string,
  to: string,
  options: ExportOptions = {},
): Promise<ExportedModel> {
  const { exportRun } = await import('./export-model.ts')
  return exportRun(run, to, options)
}
