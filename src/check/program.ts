/**
 * The checked program: what a spec means once every name, path, axis and size is known. It holds no syntax and allocates no weights. `lower/` turns
 * its terms into a graph; `train/` runs its stages; `explain` prints it.
 */

import type { Sources, Span } from '../diagnostics/diagnostic.ts'
import type { Precision } from '../graph/precision.ts'
import type { AugmentSpec, MaskingSpec } from './example-specs.ts'
import type { FileReference } from './file-reference.ts'
import type { MetricName } from './metric-names.ts'
import type { ClassIdentity, ParameterReference, Term } from './tensor-term.ts'

// ---------------------------------------------------------------- models

export type InitialValue =
  | { readonly kind: 'normal' | 'truncated_normal'; readonly deviation: number }
  | { readonly kind: 'zeros' | 'ones' }
  /** the same parameter of another model of the file (canonical path there) */
  | { readonly kind: 'copy'; readonly from: ParameterReference }
  | { readonly kind: 'mean'; readonly from: readonly ParameterReference[] }
  /** one factor of a truncated SVD of a matrix of another model */
  | {
      readonly kind: 'svd'
      readonly of: ParameterReference
      readonly side: 'left' | 'right'
      readonly rank: number
    }
  /** a checkpoint folder or file, under the published or our own names */
  | { readonly kind: 'checkpoint'; readonly path: string; readonly span?: Span }

export interface ModelParameter {
  /** `layer[3].ffn.up.weight` as bound */
  readonly path: string
  /** The path of the parameter that holds it after sharing (itself where not shared). */
  readonly canonical: string
  readonly shape: readonly number[]
  readonly kind: 'linear' | 'lookup' | 'bias' | 'scale'
  readonly part: 'encoder' | 'heads'
  readonly initial: InitialValue
  readonly span: Span
}

/** A model as declared: what it has without heads. */
export interface DeclaredModel {
  readonly name: string
  readonly parameters: readonly Omit<ModelParameter, 'initial'>[]
}

/** A model with its parameters: each teacher and student. */
export interface ModelInstance {
  readonly name: string
  readonly role: 'teacher' | 'student' | 'model'
  /** The model it is made of: `bert_base`. */
  readonly model: string
  /** In order of declaration, all uses of shared ones included. */
  readonly parameters: readonly ModelParameter[]
  readonly layers?: number
  /** Tensors that can be tapped, by path: `hidden[3]`, `task.logits`, `layer[2].attention.scores`. */
  readonly taps: ReadonlyMap<string, Term>
  readonly heads: ReadonlyMap<string, { readonly kind: string; readonly span: Span }>
  /** Numbers among its settings, by path: hidden_size, layers ... */
  readonly settings: ReadonlyMap<string, number>
  /** Functions of the language among them, by path: activation -> gelu. */
  readonly functions: ReadonlyMap<string, string>
  /** Where the settings and functions of its root are bound, by name. */
  readonly bindings: ReadonlyMap<string, Span>
  /** Other frameworks' names: format -> our canonical path -> published name (prefix apart). */
  readonly names: ReadonlyMap<string, PublishedNames>
  readonly dropout: boolean
  /** Of its products with weights in training steps; `auto`: what pays on the machine (model-precision.ts). */
  readonly precision: Precision | 'auto'
  /** What its taps and predictions must have in common with those in float32, 0 to 1; absent: the usual thresholds. */
  readonly fidelity?: number
  readonly vocabulary?: ClassIdentity
  /** `teacher A = S after distil` */
  readonly copyOf?: { readonly instance: string; readonly stage: string }
  readonly span: Span
}
export interface PublishedNames {
  readonly prefix: string
  /** parameter path (as bound, not canonical) -> its published name; head parameters carry no prefix */
  readonly parameters: ReadonlyMap<string, { readonly name: string; readonly head: boolean }>
}

export interface LayerMap {
  readonly name: string
  readonly from: string
  readonly to: string
  /** Index m (0..M) -> teacher layer. */
  readonly layers: readonly number[]
  readonly span: Span
}

export interface Projection {
  readonly name: string
  /** Indices of a family, else absent. */
  readonly indices?: readonly number[]
  readonly from: number
  readonly to: number
  readonly activation: 'linear' | 'relu' | 'tanh'
  /** `W.weight`, `W.bias`, `W[1].weight` ...; owner of their references is the projection's name, path `weight` or `[1].weight` */
  readonly parameters: readonly {
    readonly path: string
    readonly shape: readonly number[]
    readonly kind: 'linear' | 'bias'
  }[]
  readonly span: Span
}

// ---------------------------------------------------------------- losses

/** A reported term of `minimize`: a declared `loss`, or the whole expression where none is named. */
export interface LossTerm {
  /** `hidn`; a loss with parameters used twice in a stage is named by its arguments too: `hidn(S, G)`. */
  readonly name: string
  /** Unweighted scalar. */
  readonly term: Term
  /** What `minimize` multiplies it by, as a scalar term (1 where nothing). Absent where it does not enter as a plain weighted sum. */
  readonly weight?: Term
  /** Numbers inside the term that follow progress, step or epoch; absent where none does. */
  readonly scheduled?: readonly ScheduledNumber[]
  readonly span: Span
}

/** A number of a loss that changes over a stage, as a scalar term. */
export interface ScheduledNumber {
  /** `temperature`, where it is the argument of a function, under one name. */
  readonly argument?: string
  readonly term: Term
}

// ---------------------------------------------------------------- data

export type TextSource =
  | { readonly kind: 'column'; readonly column: string; readonly span: Span }
  /** pairs: `text = [column("premise"), column("hypothesis")]` */
  | { readonly kind: 'pair'; readonly columns: readonly [string, string]; readonly span: Span }
  /** raw text: one text a line, or documents separated by empty lines */
  | { readonly kind: 'lines' | 'documents' }
export type LabelSource =
  /** Its labels are a list, or the lines of `file`: read when checked if the file is there. */
  | {
      readonly kind: 'class'
      readonly column: string
      readonly labels?: readonly string[]
      readonly file?: FileReference
      readonly span: Span
    }
  | { readonly kind: 'number'; readonly column: string; readonly span: Span }
  | {
      readonly kind: 'tags'
      readonly column: string
      readonly labels: readonly string[]
      readonly scheme: 'bio'
      readonly span: Span
    }
  | {
      readonly kind: 'span'
      /** Pieces from one window of a context to the next. */
      readonly stride: number
      /** Pieces of a question at most. */
      readonly question: number
      readonly span: Span
    }
export type TokenizerSource =
  /** a folder with vocab.txt or tokenizer.json, or such a file */
  | { readonly kind: 'folder'; readonly file: FileReference; readonly lowercase?: boolean }
  /** trained from the training text of data block `data` (itself, or the one named by `tokenizer = labelled.tokenizer`) */
  | {
      readonly kind: 'wordpiece'
      readonly size: number
      readonly lowercase: boolean
      readonly data: string
      readonly span: Span
    }
export interface DataSpec {
  readonly name: string
  readonly train?: FileReference
  readonly validation?: FileReference
  readonly test?: FileReference
  readonly format: 'tsv' | 'csv' | 'jsonl' | 'text' | 'conll' | 'squad' | 'parquet' | 'by-extension'
  /** Names of the columns of TSV and CSV files that have no header line; absent: the first line has them. */
  readonly columns?: readonly string[]
  readonly text: TextSource
  readonly label?: LabelSource
  readonly tokenizer: TokenizerSource
  /** Identity of the vocabulary, equal for two blocks with one tokenizer. */
  readonly vocabulary: ClassIdentity
  /** In tokens; `maxLengthSpan` where the spec says it. */
  readonly maxLength: number
  readonly maxLengthSpan?: Span
  readonly mask?: MaskingSpec
  readonly augment?: AugmentSpec
  readonly pad: 'longest' | 'max_length'
  readonly group: 'length' | 'none'
  readonly span: Span
}

// ---------------------------------------------------------------- stages

export type Schedule =
  | { readonly kind: 'constant'; readonly rate: number }
  /** up from 0 over `warmup` (share of the stage), then down to 0 */
  | { readonly kind: 'linear'; readonly rate: number; readonly warmup: number }
  /** a scalar term of progress, step, epoch */
  | { readonly kind: 'expression'; readonly term: Term }

export interface OptimizerSettings {
  readonly rate: Schedule
  readonly betas: readonly [number, number]
  readonly epsilon: number
  readonly weightDecay: number
  /** sgd only */
  readonly momentum: number
  /** lamb only: whether the update is scaled by the ratio of the norms of a parameter and its direction; on where absent */
  readonly trust?: boolean
  /** lamb only: whether moments are corrected for having begun at zero; on where absent */
  readonly biasCorrection?: boolean
}
export interface OptimizerSpec {
  readonly kind: 'adamw' | 'adam' | 'sgd' | 'bert_adam' | 'lamb'
  readonly settings: OptimizerSettings
  /** Largest norm of all gradients together, with bert_adam of each parameter's own; absent: no limit. */
  readonly clip?: number
  /** Settings of each trained parameter whose group differs (by `except`; the last match wins), by reference key. */
  readonly groups: readonly {
    readonly parameters: ReadonlySet<string>
    readonly settings: OptimizerSettings
    readonly describe: string
    readonly span: Span
  }[]
  readonly span: Span
}

/** `S layer[1].ffn.up.weight` -> `S.layer[1].ffn.up.weight`; projections `W.weight`, `W[1].weight`. Canonical. */
export function parameterKey(reference: ParameterReference): string {
  return reference.path.startsWith('[')
    ? `${reference.owner}${reference.path}`
    : `${reference.owner}.${reference.path}`
}

/** Which weights of a stage stay: those of the best evaluation, and whole checkpoints of the last evaluations. */
export interface Kept {
  readonly best?: MetricName
  readonly last?: number
}

export interface Stage {
  /** `climb[2]` for a member of a family. */
  readonly name: string
  readonly family?: { readonly name: string; readonly index: number }
  readonly after?: string
  readonly minimize: Term
  readonly terms: readonly LossTerm[]
  /** Canonical parameter keys that are updated, in order; those that no loss reaches are left out (see `unreached`). */
  readonly trained: readonly string[]
  /** Declared trained but not reached by a loss (an unused pooler): skipped, said by `explain`. */
  readonly unreached: readonly string[]
  /** Instances in training mode (dropout on): those that the stage trains, and teachers with `dropout = on`. */
  readonly training: ReadonlySet<string>
  /** Instances whose terms `minimize` reaches. */
  readonly instances: readonly string[]
  readonly projections: readonly string[]
  /** Absent: good for `distill step` only. */
  readonly data?: string
  readonly budget?: { readonly amount: number; readonly unit: 'epochs' | 'steps' }
  readonly batch: number
  readonly microbatch?: number
  readonly normalise: 'batch' | 'microbatch'
  /** Whether the loss of a batch is the sum of those of its parts: else it is computed at once. */
  readonly additive: boolean
  /** Examples at the end of an epoch that do not fill a batch are left out of it; absent: they are a smaller batch. */
  readonly partial?: 'drop'
  readonly optimizer?: OptimizerSpec
  readonly continueOptimizer: boolean
  readonly evaluate: readonly MetricName[]
  /** Where each metric of `evaluate` and `keep` is named first. */
  readonly metricPlaces: ReadonlyMap<MetricName, Span>
  readonly keep?: Kept
  /** stop after this many evaluations without a better `keep` metric */
  readonly patience?: number
  /** evaluate every so many steps; absent: at the end of each epoch */
  readonly every?: number
  /** Batch targets that the losses read: label, original, order, start, end, tags; each with where. */
  readonly targets: ReadonlyMap<string, Span>
  readonly span: Span
}

/** A setting that `sweep` lists values of. */
export interface SweptSetting {
  readonly name: string
  /** Each as `--set` takes it. */
  readonly values: readonly string[]
}

export interface Program {
  readonly file: string
  readonly sources: Sources
  readonly settings: ReadonlyMap<string, string | number | boolean>
  /** What `sweep` says; empty where the spec has none. Everything else here is the spec with its settings as they are declared. */
  readonly sweep: readonly SweptSetting[]
  /** Each model declared in or imported by the spec file, bare. */
  readonly models: ReadonlyMap<string, DeclaredModel>
  /** Teachers and students, in order. */
  readonly instances: ReadonlyMap<string, ModelInstance>
  readonly maps: ReadonlyMap<string, LayerMap>
  readonly projections: ReadonlyMap<string, Projection>
  readonly data: ReadonlyMap<string, DataSpec>
  /** Families expanded, in an order in which each stands behind its `after`. */
  readonly stages: readonly Stage[]
}
