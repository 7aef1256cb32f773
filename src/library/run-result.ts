/** What comes of one run. */
import type { Diagnostic, Sources } from '../diagnostics/diagnostic.ts'
import type { Balance } from '../train/ranks/balance.ts'
import type { RunReport } from '../train/report-file.ts'

/** Where the weights of a trained model are, and the step that had the best ones. */
export interface TrainedWeights {
  readonly model: string
  readonly file: string
  /** Absent where the stage that trained it keeps the last ones. */
  readonly best?: { readonly stage: string; readonly step: number }
}

export interface FinishedRun {
  readonly report: RunReport
  readonly weights: readonly TrainedWeights[]
  /** How evenly several ranks shared the last stage; absent for one process. */
  readonly balance?: Balance
}

export type RunResult =
  | ({ readonly kind: 'finished'; readonly folder: string } & FinishedRun)
  /** A loss was not finite. */
  | { readonly kind: 'stopped'; readonly diagnostic: Diagnostic; readonly sources: Sources }
  /** The signal was aborted; the run can go on. */
  | {
      readonly kind: 'interrupted'
      readonly folder: string
      /** What goes on: the folder, or that of the sweep that the run is part of. */
      readonly out: string
      readonly stage: string
      readonly step: number
    }
  /** A dry run. */
  | { readonly kind: 'tried'; readonly stages: number }
  /** Of a rank other than 0: rank 0 has the result. */
  | { readonly kind: 'followed' }
