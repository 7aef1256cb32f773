/** What happens while a spec is trained, as events of plain data for a program. */
import type { Combination } from '../check/combinations.ts'
import type { MetricName } from '../check/metric-names.ts'
import type { CutTexts } from '../data/cut-texts.ts'
import type {
  Augmented,
  AugmentProgress,
  FrozenProgress,
  ModelFidelity,
  Score,
  StageBegins,
  StageEnds,
  StartVerified,
  StepDone,
} from '../train/observer.ts'
import { type LocatedDiagnostic, located } from './distill-error.ts'
import type { RunObserver } from './train-observer.ts'

export interface ModelScore extends Omit<Score, 'values'> {
  readonly metrics: { readonly [metric in MetricName]?: number }
}

/** Terms by their names. */
type ByTerm = { readonly [term: string]: number }

export type TrainEvent =
  /** Of a spec without errors. */
  | { readonly type: 'warning'; readonly diagnostic: LocatedDiagnostic }
  /** Such as a faster backend that does not start, and why. */
  | { readonly type: 'note'; readonly text: string }
  /**
   * One of the runs of a sweep begins, or is left as it is since it was finished before. `number` counts from
   * 1.
   */
  | {
      readonly type: 'run-of-sweep'
      readonly number: number
      readonly count: number
      readonly settings: Combination
      readonly seed: number
      readonly finished: boolean
    }
  /** `folder` is absent for a dry run. */
  | {
      readonly type: 'run-begins'
      readonly spec: string
      readonly folder?: string
      readonly backend: string
      readonly seed: number
    }
  /** A run of a sweep stopped because a loss was not finite; the next one follows. */
  | { readonly type: 'run-stopped'; readonly diagnostic: LocatedDiagnostic }
  /** `max_length` cuts texts of the training data. */
  | ({ readonly type: 'cut-texts' } & CutTexts)
  /** A teacher's own score, before anything is trained. */
  | ({ readonly type: 'teacher' } & ModelScore)
  | ({ readonly type: 'augmenting' } & AugmentProgress)
  | ({ readonly type: 'augmented' } & Augmented)
  | ({ readonly type: 'stage-begins' } & StageBegins)
  /** Values of frozen teachers are computed, once for all epochs. */
  | ({ readonly type: 'frozen' } & FrozenProgress)
  /** A model in low precision, compared with float32. */
  | ({ readonly type: 'fidelity' } & ModelFidelity)
  /** The first steps of a stage agree with the reference. */
  | ({ readonly type: 'start-verified' } & StartVerified)
  | ({ readonly type: 'step'; readonly terms: ByTerm; readonly termNorms?: ByTerm } & Omit<
      StepDone,
      'terms' | 'termNorms'
    >)
  | ({
      readonly type: 'scored'
      readonly stage: string
      readonly step: number
      readonly isBest: boolean
    } & ModelScore)
  /** A checkpoint was written. */
  | { readonly type: 'saved'; readonly stage: string; readonly step: number; readonly path: string }
  | ({ readonly type: 'stage-ends' } & StageEnds)

/** An observer that hands each event to `tell`. */
export function observerOf(tell: (event: TrainEvent) => void): RunObserver {
  return {
    warnings: (diagnostics, sources) => {
      for (const diagnostic of located(diagnostics, sources)) tell({ type: 'warning', diagnostic })
    },
    note: (text) => tell({ type: 'note', text }),
    sweptRun: ({ seeds: _, ...event }) => tell({ type: 'run-of-sweep', ...event }),
    runBegins: ({ runner, ...event }) => tell({ type: 'run-begins', ...event, backend: runner.name }),
    runStopped: (found, sources) => {
      for (const diagnostic of located([found], sources)) tell({ type: 'run-stopped', diagnostic })
    },
    cut: (event) => tell({ type: 'cut-texts', ...event }),
    teacher: (score) => tell({ type: 'teacher', ...plain(score) }),
    augmenting: (event) => tell({ type: 'augmenting', ...event }),
    augmented: (event) => tell({ type: 'augmented', ...event }),
    stageBegins: (event) => tell({ type: 'stage-begins', ...event }),
    frozen: (event) => tell({ type: 'frozen', ...event }),
    fidelity: (event) => tell({ type: 'fidelity', ...event }),
    startVerified: (event) => tell({ type: 'start-verified', ...event }),
    step: ({ terms, termNorms, ...event }) =>
      tell({
        type: 'step',
        ...event,
        terms: Object.fromEntries(terms),
        ...(termNorms ? { termNorms: Object.fromEntries(termNorms) } : {}),
      }),
    scored: ({ score, ...event }) => tell({ type: 'scored', ...event, ...plain(score) }),
    saved: (event) => tell({ type: 'saved', ...event }),
    stageEnds: (event) => tell({ type: 'stage-ends', ...event }),
  }
}

function plain({ values, ...score }: Score): ModelScore {
  return { ...score, metrics: Object.fromEntries(values) }
}
