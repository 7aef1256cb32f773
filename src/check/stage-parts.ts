/** The parts of a stage that could be evaluated. Rules check them (rules/index.ts). */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { ContinueEntry } from '../syntax/ast.ts'
import type { DataSpec, Kept, LossTerm, OptimizerSpec, Stage } from './program.ts'
import type { PlacedMetric } from './stage-metrics.ts'
import type { Live, Term } from './tensor-term.ts'
import type { Selection } from './trainables.ts'
import type { Instance } from './values.ts'

/** The loss of a stage. */
export interface StageLoss {
  readonly term: Term
  /** The term and all terms below it, each behind its inputs. */
  readonly below: readonly Term[]
  readonly span: Span
  readonly terms: readonly LossTerm[]
  /** Batch targets that it reads (`batch.label` as `label`), each with its first place in the spec. */
  readonly targets: ReadonlyMap<string, Span>
  /** Masks other than `attended` that it reads, each with its first place in the spec. */
  readonly masks: ReadonlyMap<Live, Span>
  /** Models and projections whose values the loss reads. */
  readonly owners: ReadonlySet<string>
  /** The models among them, in order of declaration. */
  readonly instances: readonly Instance[]
  /** Keys of the parameters that have a gradient. */
  readonly reached: ReadonlySet<string>
}

/** The parameters that a stage trains, by canonical keys. */
export interface StageTraining {
  readonly trained: readonly string[]
  /** Parameters to be trained that no loss reaches. */
  readonly unreached: readonly string[]
  /** The models and projections of the trained parameters. */
  readonly owners: ReadonlySet<string>
  /** The selections of `train` lines; undefined if there is none. */
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
  /** The metrics of `evaluate` and `keep` with their places. */
  readonly metrics: readonly PlacedMetric[]
}

/**
 * A part is absent if the stage does not have it, or if it could not be evaluated. Then its error is
 * reported, and rules that read it do not run.
 */
export interface StageParts {
  /** The declared name, without the index of a family. */
  readonly name: string
  /** The place of the name. */
  readonly span: Span
  /** Whether the stage has this setting or line, right or wrong. */
  readonly says: (entry: string) => boolean
  /** Whether it comes after the named stage; for a family, after its last member. */
  readonly standsBehind: (stage: string) => boolean
  readonly settings: StageSettings
  readonly data?: DataSpec
  readonly loss?: StageLoss
  /** Absent unless the loss and each `train` and `freeze` line could be evaluated. */
  readonly training?: StageTraining
  readonly continues?: ContinueEntry
  /** The stage right before it. */
  readonly before?: StageParts
  /** The stage's own optimizer. */
  readonly ownOptimizer?: OptimizerSpec
  /** The stage's own optimizer, or the one that it continues. */
  readonly optimizer?: OptimizerSpec
  /** The stage of the program. */
  readonly stage?: Stage
}
