/** The events of a run, for the progress bar, plain lines and tests. The trainer itself prints nothing. */

import type { MetricName } from '../check/metric-names.ts'
import type { LowPrecision } from '../graph/precision.ts'
import type { Best } from './checkpoint.ts'

export interface TapFidelity {
  /** `hidden[3]` */
  readonly path: string
  /** The cosine of all values at live positions, taken as one vector. */
  readonly cosine: number
  /** Share of live positions whose largest class is the same; only with an axis of classes. */
  readonly agreement?: number
}

export interface ModelFidelity {
  readonly stage: string
  readonly model: string
  readonly precision: LowPrecision
  readonly examples: number
  readonly taps: readonly TapFidelity[]
  readonly least: { readonly cosine: number; readonly agreement: number }
}

/** The first steps of a stage were compared with the reference. */
export interface StartVerified {
  readonly stage: string
  readonly steps: number
  /** In all of these steps. */
  readonly examples: number
  /** The largest relative difference, and what it is of: `the gradient of S.layer[1].ffn.up.weight`. */
  readonly largest: number
  readonly of: string
  readonly seconds: number
}

export interface Score {
  readonly model: string
  readonly data: string
  readonly split: string
  readonly values: ReadonlyMap<MetricName, number>
  /** Texts with an answer that it was measured on; absent where that is not known. */
  readonly examples?: number
}

export interface StageBegins {
  readonly stage: string
  /** From 1. */
  readonly number: number
  readonly count: number
  readonly total: number
  readonly stepsPerEpoch: number
  /** 0, or the step at which a resumed run continues. */
  readonly step: number
  /** Averages of the terms up to some steps before, as logged; absent for a new stage. */
  readonly earlier?: readonly {
    readonly step: number
    readonly terms: Readonly<Record<string, number | null>>
  }[]
  /** In a sweep: the folder of the run that has computed the stage. Then no step follows. */
  readonly reused?: string
  /** Steps between evaluations. There is one after the last step, too. */
  readonly evaluateEvery: number
  /** Absent without a plan. */
  readonly work?: {
    /** Of one step: see `graphWork`. */
    readonly step: number
    /** Of the stages that follow: the steps with the values of frozen models. */
    readonly later: {
      readonly steps: number
      readonly work: number
      /** Evaluations, each in evaluations of this stage: those of a smaller model count as less than one. */
      readonly evaluations: number
    }
  }
  /** Planned peak of the stage and available memory in bytes; absent without a plan. */
  readonly memory?: { readonly peak: number; readonly available: number }
}

/** Values of frozen models are being computed for the examples of a stage. */
export interface FrozenProgress {
  readonly stage: string
  readonly models: readonly string[]
  /** Number of examples. */
  readonly done: number
  readonly total: number
  /** Bytes of all records. */
  readonly bytes: number
}

/** A model proposes words for the copies of a stage's texts. */
export interface AugmentProgress {
  readonly stage: string
  readonly model: string
  /** Number of masked words. */
  readonly done: number
  readonly total: number
}

/** The augmented examples of a stage are ready. */
export interface Augmented {
  readonly stage: string
  readonly data: string
  /** Number of examples in the files. */
  readonly from: number
  readonly examples: number
}

export interface StepDone {
  readonly stage: string
  /** Updates so far, including this one. */
  readonly step: number
  readonly total: number
  readonly stepsPerEpoch: number
  readonly terms: ReadonlyMap<string, number>
  readonly loss: number
  readonly norm: number
  /** The gradient norm of each term with its weight, at the steps at which it was measured. */
  readonly termNorms?: ReadonlyMap<string, number>
  readonly rate: number
  /** Whether the gradient was clipped; absent where that is not one decision. */
  readonly clipped?: boolean
  readonly liveTokens: number
  /** B x L, padding included. */
  readonly paddedTokens: number
  /** Seconds of exchanges with other ranks; absent for a process alone. */
  readonly exchange?: number
}

export interface StageEnds {
  readonly stage: string
  readonly number: number
  readonly count: number
  readonly steps: number
  readonly seconds: number
  readonly terms: Readonly<Record<string, number>>
  readonly best?: Best
  readonly early: boolean
}

export interface TrainObserver {
  /** A teacher's score, before anything is trained. */
  teacher?(score: Score): void
  note?(text: string): void
  stageBegins?(event: StageBegins): void
  /** Before a stage whose data is augmented, if the words are not cached. */
  augmenting?(event: AugmentProgress): void
  augmented?(event: Augmented): void
  /** Before the first step of a stage, and of a resumed stage. */
  frozen?(event: FrozenProgress): void
  /** Before the first step of a stage, for each of its models that is not in float32. */
  fidelity?(event: ModelFidelity): void
  startVerified?(event: StartVerified): void
  step?(event: StepDone): void
  scored?(event: {
    readonly stage: string
    readonly step: number
    readonly score: Score
    readonly isBest: boolean
  }): void
  saved?(event: { readonly stage: string; readonly step: number; readonly path: string }): void
  stageEnds?(event: StageEnds): void
}
