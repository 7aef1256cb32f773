/** What a stage says, as far as it could be evaluated: what rules judge (rules/index.ts). */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { ContinueEntry } from '../syntax/ast.ts'
import type { DataSpec, Kept, LossTerm, OptimizerSpec, Stage } from './program.ts'
import type { MetricPlaces } from './stage-settings.ts'
import type { Term } from './tensor-term.ts'
import type { Selection } from './trainables.ts'
import type { Instance } from './values.ts'

/** What a stage minimizes. */
export interface StageLoss {
  readonly term: Term
  readonly span: Span
  readonly terms: readonly LossTerm[]
  readonly targets: ReadonlyMap<string, Span>
  /** Models and projections that it reads. */
  readonly owners: ReadonlySet<string>
  /** The models among them, in order of declaration. */
  readonly instances: readonly Instance[]
  /** Keys of the parameters that have a gradient. */
  readonly reached: ReadonlySet<string>
}

/** What a stage trains, by canonical keys. */
export interface StageTraining {
  readonly trained: readonly string[]
  /** Meant to be trained, but reached by no loss. */
  readonly unreached: readonly string[]
  /** Models and projections that own what is trained. */
  readonly owners: ReadonlySet<string>
  /** What `train` lines select; undefined where there is none. */
  readonly selections?: readonly Selection[]
  readonly freezes: boolean
}

export interface StageSettings {
  readonly batch: number
  readonly batchSpan: Span | undefined
  readonly microbatch: number | undefined
  readonly microbatchSpan: Span | undefined
  readonly normalise: 'batch' | 'microbatch'
  readonly partial: 'keep' | 'drop' | undefined
  readonly budget: Stage['budget'] | undefined
  readonly keep: { readonly keep?: Kept; readonly patience?: number; readonly every?: number }
  readonly evaluate: Stage['evaluate']
  readonly metricPlaces: MetricPlaces
}

/** Each part is absent where the stage does not say it, or where it could not be made: then its error is told, and rules that read it do not run. */
export interface StageParts {
  /** As declared, without the index of a family. */
  readonly name: string
  /** Of its name. */
  readonly span: Span
  /** Does the stage say this setting or line, rightly or wrongly? */
  readonly says: (entry: string) => boolean
  /** Is it somewhere after the stage named (for a family: after its last member)? */
  readonly standsBehind: (stage: string) => boolean
  readonly settings: StageSettings
  readonly data?: DataSpec
  readonly loss?: StageLoss
  /** Needs the loss, and each `train` and `freeze` line. */
  readonly training?: StageTraining
  readonly continues?: ContinueEntry
  /** The stage right before it. */
  readonly before?: StageParts
  /** Its own. */
  readonly ownOptimizer?: OptimizerSpec
  /** Its own, or the one that it continues. */
  readonly optimizer?: OptimizerSpec
  /** The stage of the program. */
  readonly stage?: Stage
}
