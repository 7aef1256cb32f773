/**
 * What a run reports: the progress bar, plain lines, tests. The trainer itself prints nothing.
 */

import type { MetricName } from '../check/metric-names.ts'
import type { LowPrecision } from '../graph/precision.ts'
import type { Best } from './checkpoint.ts'

export interface TapFidelity {
  /** `hidden[3]` */
  readonly path: string
  /** Of all values at live positions, taken as one vector. */
  readonly cosine: number
  /** Share of live positions whose largest class is the same; only where there is an axis of classes. */
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

export interface Score {
  readonly model: string
  readonly data: string
  readonly split: string
  readonly values: ReadonlyMap<MetricName, number>
}

export interface StageBegins {
  readonly stage: string
  /** From 1. */
  readonly number: number
  readonly count: number
  readonly total: number
  readonly stepsPerEpoch: number
  /** 0, or where a resumed run goes on. */
  readonly step: number
  /** Bytes that the stage takes at most, as planned, of those that there are; absent without a plan. */
  readonly memory?: { readonly peak: number; readonly available: number }
}

/** Values of frozen models for the examples of a stage are being computed. */
export interface FrozenProgress {
  readonly stage: string
  readonly models: readonly string[]
  /** Examples. */
  readonly done: number
  readonly total: number
  /** Of all of them. */
  readonly bytes: number
}

/** A model is asked for words, for the copies of a stage's texts. */
export interface AugmentProgress {
  readonly stage: string
  readonly model: string
  /** Masked words. */
  readonly done: number
  readonly total: number
}

/** A stage has its augmented examples. */
export interface Augmented {
  readonly stage: string
  readonly data: string
  /** Examples of the files. */
  readonly from: number
  readonly examples: number
}

export interface StepDone {
  readonly stage: string
  /** Updates made, this one included. */
  readonly step: number
  readonly total: number
  readonly stepsPerEpoch: number
  readonly terms: ReadonlyMap<string, number>
  readonly loss: number
  readonly norm: number
  /** Of each term's part of the gradient, its weight included; at the steps at which it was measured. */
  readonly termNorms?: ReadonlyMap<string, number>
  readonly rate: number
  readonly liveTokens: number
  /** B x L, padding included. */
  readonly paddedTokens: number
}

export interface TrainObserver {
  /** A teacher's own score, before anything is trained. */
  teacher?(score: Score): void
  note?(text: string): void
  stageBegins?(event: StageBegins): void
  /** Before a stage begins, where its data are augmented and the words are not kept from before. */
  augmenting?(event: AugmentProgress): void
  augmented?(event: Augmented): void
  /** Before the first step of a stage, also of a resumed one. */
  frozen?(event: FrozenProgress): void
  /** Before the first step of a stage: each of its models that is not in float32. */
  fidelity?(event: ModelFidelity): void
  step?(event: StepDone): void
  scored?(event: {
    readonly stage: string
    readonly step: number
    readonly score: Score
    readonly isBest: boolean
  }): void
  saved?(event: { readonly stage: string; readonly step: number; readonly path: string }): void
  stageEnds?(event: {
    readonly stage: string
    readonly number: number
    readonly count: number
    readonly steps: number
    readonly seconds: number
    readonly terms: Readonly<Record<string, number>>
    readonly best?: Best
    readonly early: boolean
  }): void
}
