/**
 * The checked program: a spec with every name, path, axis and size resolved. It holds no syntax and allocates
 * no weights. `lower/` makes graphs of its terms, `train/` runs its stages, `explain` prints it.
 */

import type { Sources, Span } from '../diagnostics/diagnostic.ts'
import type { Precision } from '../graph/precision.ts'
import type { AugmentSpec, MaskingSpec } from './example-specs.ts'
import type { FileReference } from './file-reference.ts'
import type { WantedMetric } from './metric-names.ts'
import type { TagScheme } from './tag-schemes.ts'
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
  /** The path of the parameter that is stored, after sharing; its own path if it is not shared. */
  readonly canonical: string
  readonly shape: readonly number[]
  readonly kind: 'linear' | 'lookup' | 'bias' | 'scale'
  readonly part: 'encoder' | 'heads'
  readonly initial: InitialValue
  readonly span: Span
}

/** A model as declared, without heads. */
export interface DeclaredModel {
  readonly name: string
  readonly parameters: readonly Omit<ModelParameter, 'initial'>[]
}

/** A model with its parameters: each teacher and student. */
export interface ModelInstance {
  readonly name: string
  readonly role: 'teacher' | 'student' | 'model'
  /** The name of its model: `bert_base`. */
  readonly model: string
  /** In order of declaration, all uses of shared ones included. */
  readonly parameters: readonly ModelParameter[]
  readonly layers?: number
  /** Tensors that can be tapped, by path: `hidden[3]`, `task.logits`, `layer[2].attention.scores`. */
  readonly taps: ReadonlyMap<string, Term>
  readonly heads: ReadonlyMap<string, { readonly kind: string; readonly span: Span }>
  /** The numbers among its settings, by path: hidden_size, layers ... */
  readonly settings: ReadonlyMap<string, number>
  /** The functions of the language among its settings, by path: activation -> gelu. */
  readonly functions: ReadonlyMap<string, string>
  /** The places of settings and functions bound at its root, by name. */
  readonly bindings: ReadonlyMap<string, Span>
  /** Names of other frameworks: format -> canonical path -> published name without the prefix. */
  readonly names: ReadonlyMap<string, PublishedNames>
  readonly dropout: boolean
  /**
   * The precision of its products with weights in training steps. `auto`: the fastest that is exact enough on
   * the machine (model-precision.ts).
   */
  readonly precision: Precision | 'auto'
  /**
   * How closely its taps and predictions must agree with those in float32, from 0 to 1. Absent: the usual
   * thresholds.
   */
  readonly fidelity?: number
  readonly vocabulary?: ClassIdentity
  /** `teacher A = S after distil` */
  readonly copyOf?: { readonly instance: string; readonly stage: string }
  readonly span: Span
}
export interface PublishedNames {
  readonly prefix: string
  /** parameter path (as bound, not canonical) -> its published name; head parameters carry no prefix */
  readonly parameters: ReadonlyMap<string, PublishedName>
}
export interface PublishedName {
  readonly name: string
  readonly head: boolean
  /** The other framework's matrix has columns where ours has rows. */
  readonly transposed?: true
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
  /**
   * `W.weight`, `W.bias`, `W[1].weight` ...; owner of their references is the projection's name, path
   * `weight` or `[1].weight`
   */
  readonly parameters: readonly {
    readonly path: string
    readonly shape: readonly number[]
    readonly kind: 'linear' | 'bias'
  }[]
  readonly span: Span
}

// ---------------------------------------------------------------- losses

/** A term of `minimize` that is logged: a declared `loss`, or the complete expression if it names none. */
export interface LossTerm {
  /** `hidn`. A loss with parameters that a stage uses twice is named with its arguments: `hidn(S, G)`. */
  readonly name: string
  /** Unweighted scalar. */
  readonly term: Term
  /**
   * The factor of the term in `minimize`, as a scalar term; 1 if there is none. Absent if the total is no
   * weighted sum of the term.
   */
  readonly weight?: Term
  /** Numbers inside the term that depend on progress, step or epoch; absent if there are none. */
  readonly scheduled?: readonly ScheduledNumber[]
  readonly span: Span
}

/** A number of a loss that changes over a stage, as a scalar term. */
export interface ScheduledNumber {
  /** `temperature`, if it is the argument of a function, always under this name. */
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
/**
 * The training files whose labels are those of a block. A block that is derived from another has the labels
 * of its base.
 */
export interface LabelOrigin extends Pick<DataSpec, 'format' | 'columns'> {
  readonly kind: 'class' | 'tags'
  readonly column: string
  /** The block that declares the label. */
  readonly data: string
  readonly files: readonly FileReference[]
  readonly span: Span
}
export type LabelSource =
  /**
   * The labels are a list, the lines of `file`, or those of the training files (`origin`). `check` reads the
   * files. `labels` is absent if they are not there.
   */
  | {
      readonly kind: 'class'
      readonly column: string
      readonly labels?: readonly string[]
      readonly file?: FileReference
      readonly origin?: LabelOrigin
      readonly span: Span
    }
  | { readonly kind: 'number'; readonly column: string; readonly span: Span }
  | {
      readonly kind: 'tags'
      readonly column: string
      readonly labels?: readonly string[]
      readonly origin?: LabelOrigin
      /** Absent only where the tags are. */
      readonly scheme?: TagScheme
      readonly span: Span
    }
  | {
      readonly kind: 'span'
      /** Distance between the windows of a context, in pieces. */
      readonly stride: number
      /** Largest number of pieces of a question. */
      readonly question: number
      readonly span: Span
    }
export type TokenizerSource =
  /** a folder with vocab.txt or tokenizer.json, or such a file */
  | { readonly kind: 'folder'; readonly file: FileReference; readonly lowercase?: boolean }
  /**
   * trained from the training text of data block `data` (itself, or the one named by
   * `tokenizer = labelled.tokenizer`)
   */
  | {
      readonly kind: 'wordpiece'
      readonly size: number
      readonly lowercase: boolean
      readonly data: string
      readonly span: Span
    }
/** A part of a block that is taken from its training files: `validation = 20%`. */
export interface DataShare {
  /** Between 0 and 1. */
  readonly share: number
  readonly span: Span
}
export interface DataSpec {
  readonly name: string
  readonly train?: readonly FileReference[]
  readonly validation?: readonly FileReference[] | DataShare
  readonly test?: readonly FileReference[] | DataShare
  /** The column whose equal values stay in one part. */
  readonly by?: { readonly column: string; readonly span: Span }
  /** The largest number of training examples. Of more, a random sample is taken. */
  readonly limit?: number
  /** Of shares and of the sample; 0 where absent. It does not depend on the seed of a run. */
  readonly seed?: number
  readonly format: 'tsv' | 'csv' | 'jsonl' | 'text' | 'conll' | 'squad' | 'parquet' | 'files' | 'by-extension'
  /**
   * Names of the columns in TSV and CSV files without a header line. Absent: the first line contains them.
   */
  readonly columns?: readonly string[]
  readonly text: TextSource
  readonly label?: LabelSource
  readonly tokenizer: TokenizerSource
  /** Identity of the vocabulary. Two blocks with one tokenizer have the same. */
  readonly vocabulary: ClassIdentity
  /** In tokens. `maxLengthSpan` is its place in the spec, if it is set there. */
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
  /**
   * lamb only: whether the update is scaled by the ratio of the norms of a parameter and its direction; on
   * where absent
   */
  readonly trust?: boolean
  /** lamb only: whether the moments are corrected for their start at 0; on if absent */
  readonly biasCorrection?: boolean
}
export interface OptimizerSpec {
  readonly kind: 'adamw' | 'adam' | 'sgd' | 'bert_adam' | 'lamb'
  readonly settings: OptimizerSettings
  /**
   * Largest norm of the gradient, of each parameter with bert_adam, of all together otherwise. Absent: no
   * limit.
   */
  readonly clip?: number
  /** The settings of trained parameters that an `except` changes, by reference key. The last match wins. */
  readonly groups: readonly {
    readonly parameters: ReadonlySet<string>
    readonly settings: OptimizerSettings
    readonly describe: string
    readonly span: Span
  }[]
  readonly span: Span
}

/**
 * `S layer[1].ffn.up.weight` -> `S.layer[1].ffn.up.weight`; projections `W.weight`, `W[1].weight`. Canonical.
 */
export function parameterKey(reference: ParameterReference): string {
  return reference.path.startsWith('[')
    ? `${reference.owner}${reference.path}`
    : `${reference.owner}.${reference.path}`
}

/**
 * The weights of a stage that are stored: those of the best evaluation, and complete checkpoints of the last
 * evaluations.
 */
export interface Kept {
  readonly best?: WantedMetric
  readonly last?: number
}

export interface Stage {
  /** `climb[2]` for a member of a family. */
  readonly name: string
  readonly family?: { readonly name: string; readonly index: number }
  readonly after?: string
  readonly minimize: Term
  readonly terms: readonly LossTerm[]
  /**
   * Canonical keys of the parameters that are updated, in order. Those that no loss reaches are in
   * `unreached`.
   */
  readonly trained: readonly string[]
  /**
   * Parameters to be trained that no loss reaches (an unused pooler). They are skipped, and `explain` lists
   * them.
   */
  readonly unreached: readonly string[]
  /**
   * Instances in training mode (dropout on): those that the stage trains, and teachers with `dropout = on`.
   */
  readonly training: ReadonlySet<string>
  /** Instances whose terms `minimize` reaches. */
  readonly instances: readonly string[]
  readonly projections: readonly string[]
  /** Absent: the stage can only run in `distill step`. */
  readonly data?: string
  readonly budget?: { readonly amount: number; readonly unit: 'epochs' | 'steps' }
  readonly batch: number
  readonly microbatch?: number
  readonly normalise: 'batch' | 'microbatch'
  /** Whether the loss of a batch is the sum over its parts. Otherwise the batch is computed at once. */
  readonly additive: boolean
  /**
   * `drop`: examples at the end of an epoch that do not fill a batch are left out. Absent: they form a
   * smaller batch.
   */
  readonly partial?: 'drop'
  readonly optimizer?: OptimizerSpec
  readonly continueOptimizer: boolean
  readonly evaluate: readonly WantedMetric[]
  readonly keep?: Kept
  /** stop after this many evaluations without a better `keep` metric */
  readonly patience?: number
  /** evaluate every so many steps; absent: at the end of each epoch */
  readonly every?: number
  /** Batch targets that the losses read (label, original, order, start, end, tags), with their places. */
  readonly targets: ReadonlyMap<string, Span>
  readonly span: Span
}

/** A setting with the values that `sweep` lists. */
export interface SweptSetting {
  readonly name: string
  /** The values as arguments of `--set`. */
  readonly values: readonly string[]
}

export interface Program {
  readonly file: string
  readonly sources: Sources
  readonly settings: ReadonlyMap<string, string | number | boolean>
  /**
   * The sweep's settings; empty without a sweep. The rest of the program has the settings as they are
   * declared.
   */
  readonly sweep: readonly SweptSetting[]
  /** The models that the spec declares or imports, without heads. */
  readonly models: ReadonlyMap<string, DeclaredModel>
  /** Teachers and students, in order. */
  readonly instances: ReadonlyMap<string, ModelInstance>
  readonly maps: ReadonlyMap<string, LayerMap>
  readonly projections: ReadonlyMap<string, Projection>
  readonly data: ReadonlyMap<string, DataSpec>
  /** Families expanded, each stage behind its `after`. */
  readonly stages: readonly Stage[]
}
