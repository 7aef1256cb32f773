/**
 * The syntax tree: the text with all places, before names are resolved. Nodes are plain data. `build-ast.ts`
 * makes them from the parser's concrete tree, and `print.ts` prints them with their comments.
 */

import type { Span } from '../diagnostics/diagnostic.ts'
import type { Expression, ListLiteral, Name, Path, StringLiteral } from './expressions.ts'

export interface Comment {
  /** Without the slashes and the one blank after them. */
  readonly text: string
  /** `///` */
  readonly documentation: boolean
  readonly span: Span
  /** Whether a blank line separates this comment from the one before it. */
  readonly blankBefore?: boolean
  /** For a comment behind code: its column, counted from the indentation of its line. */
  readonly column?: number
}

/** A token in one column with tokens of neighbouring lines. The formatter keeps such columns. */
export interface AlignedToken {
  /** Its number in the line, from 0, and its text. Printing may leave out tokens, such as a last comma. */
  readonly token: number
  readonly text: string
  /** Tokens of one group are in one column. Greater numbers are further right. */
  readonly group: number
}

/**
 * Every item that can have a line of its own has the comments around it, so that the formatter loses none.
 */
export interface Trivia {
  readonly leading: readonly Comment[]
  readonly trailing?: Comment
  /** Whether a blank line precedes the item and its comments. */
  readonly blankBefore: boolean
  /** Whether a blank line separates the leading comments from the item. Then they are not about it. */
  readonly detached?: boolean
  /**
   * Whether the item begins on the line where the item before it ended, or where its brace opened:
   * `{ layers = 4, heads = 2 }`.
   */
  readonly sameLine?: boolean
  /** The columns of the item's first line, if the item begins that line. */
  readonly columns?: readonly AlignedToken[]
}

/**
 * A list of items in braces. `opening`: a comment behind `{` on its line. `dangling`: comments after the last
 * item.
 */
export interface Block<Item> {
  readonly items: readonly Item[]
  readonly opening?: Comment
  readonly dangling: readonly Comment[]
  readonly span: Span
}

// ---------------------------------------------------------------- files and declarations

export interface SourceFile {
  readonly file: string
  readonly declarations: readonly Declaration[]
  readonly dangling: readonly Comment[]
}
interface DeclarationBase {
  readonly trivia: Trivia
  readonly span: Span
}

export type Declaration =
  | ImportDeclaration
  | SettingDeclaration
  | DataDeclaration
  | ModelDeclaration
  | HeadDeclaration
  | InstanceDeclaration
  | CopyDeclaration
  | MapDeclaration
  | ProjectionDeclaration
  | FunctionDeclaration
  | StageDeclaration
  | SweepDeclaration

/** `import { a, b as c } from "std/bert.distill"` */
export interface ImportDeclaration extends DeclarationBase {
  readonly kind: 'import'
  readonly names: readonly { readonly name: Name; readonly as?: Name }[]
  readonly from: StringLiteral
}
/** `setting task = "sst2"` */
export interface SettingDeclaration extends DeclarationBase {
  readonly kind: 'setting'
  readonly name: Name
  readonly value: Expression
}
/** `data labelled { ... }`, `data augmented = labelled with { ... }` */
export interface DataDeclaration extends DeclarationBase {
  readonly kind: 'data'
  readonly name: Name
  readonly base?: Name
  readonly body: Block<Entry>
}
/**
 * `model m { ... }`, `model m = base`, `model m = base with { ... }`; `body` is absent only in the second.
 */
export interface ModelDeclaration extends DeclarationBase {
  readonly kind: 'model'
  readonly name: Name
  readonly base?: Name
  readonly body?: Block<ModelItem>
}
/** `head classifier(labels, rate = hidden_dropout) { ... }` */
export interface HeadDeclaration extends DeclarationBase {
  readonly kind: 'head'
  readonly name: Name
  readonly parameters: readonly Parameter[]
  readonly body: Block<ModelItem>
}
/** `teacher T : bert_base { ... }`, `student S : tinybert_4 { ... }` */
export interface InstanceDeclaration extends DeclarationBase {
  readonly kind: 'instance'
  readonly role: 'teacher' | 'student'
  readonly name: Name
  readonly model: Name
  readonly body: Block<Entry>
}
/** `teacher A = S after distil` */
export interface CopyDeclaration extends DeclarationBase {
  readonly kind: 'copy'
  readonly role: 'teacher' | 'student'
  readonly name: Name
  readonly of: Name
  readonly after: Name
}
/** `map g : student_model -> teacher_model = uniform` */
export interface MapDeclaration extends DeclarationBase {
  readonly kind: 'map'
  readonly name: Name
  readonly from: Path
  readonly to: Path
  readonly value: Expression
}
/** `projection W[m] for m in 1..S.layers : a.hidden_size -> b.hidden_size = linear` */
export interface ProjectionDeclaration extends DeclarationBase {
  readonly kind: 'projection'
  readonly name: Name
  readonly family?: Family
  readonly from: Path
  readonly to: Path
  readonly value: Expression
}
/**
 * `def f(a, b = 1) = ...`, `loss l = ...`, `loss l(S, T) = ...`; a loss without parameters has `parameters`
 * absent.
 */
export interface FunctionDeclaration extends DeclarationBase {
  readonly kind: 'def' | 'loss'
  readonly name: Name
  readonly parameters?: readonly Parameter[]
  readonly body: Expression
}
/** `stage climb[m] for m in 1..S.layers after general { ... }` */
export interface StageDeclaration extends DeclarationBase {
  readonly kind: 'stage'
  readonly name: Name
  readonly family?: Family
  readonly after?: Name
  readonly body: Block<Entry>
}

/**
 * `sweep { rate = [1e-4, 3e-4], task = ["a", "b"] }`: values of settings. Training runs with all
 * combinations.
 */
export interface SweepDeclaration extends DeclarationBase {
  readonly kind: 'sweep'
  readonly body: Block<Entry>
}
export interface Parameter {
  readonly name: Name
  readonly defaultValue?: Expression
}
/** `[m] for m in 1..12` */
export interface Family {
  readonly variable: Name
  readonly range: Expression
}

// ---------------------------------------------------------------- entries of data, teacher, student and
// stage blocks

export type Entry = SetEntry | BlockEntry | InitEntry | MinimizeEntry | TrainEntry | ContinueEntry

interface EntryBase {
  readonly trivia: Trivia
  readonly span: Span
}
/** `optimizer = adamw(...) except [**.bias] { weight_decay = 0 }` */
export interface SetEntry extends EntryBase {
  readonly kind: 'set'
  readonly name: Name
  readonly value: Expression
  readonly exceptions: readonly Exception[]
}
export interface Exception {
  readonly paths: readonly Path[]
  readonly body: Block<Entry>
  readonly span: Span
}
/** `heads { ... }`, `mask { ... }`, `augment { ... }` */
export interface BlockEntry extends EntryBase {
  readonly kind: 'block'
  readonly name: Name
  readonly body: Block<Entry>
}
export interface InitEntry extends EntryBase {
  readonly kind: 'init'
  readonly lines: Block<InitLine>
}
/** `PATH from SOURCE` */
export interface InitLine extends EntryBase {
  readonly path: Path
  readonly source: Expression
}
export interface MinimizeEntry extends EntryBase {
  readonly kind: 'minimize'
  readonly value: Expression
}
export interface TrainEntry extends EntryBase {
  readonly kind: 'train' | 'freeze'
  readonly path: Path
}
/** `continue optimizer` */
export interface ContinueEntry extends EntryBase {
  readonly kind: 'continue'
  readonly name: Name
}

// ---------------------------------------------------------------- items of model and head bodies

export type ModelItem =
  | Binding
  | NestedBlock
  | RepeatedBlock
  | TapItem
  | WithoutItem
  | ShareItem
  | FactorizeItem
  | RequireItem
  | NamesItem
  | InitEntry

/** `hidden_size = 768`, `setting groups = 1` (`adds`) */
export interface Binding extends EntryBase {
  readonly kind: 'binding'
  readonly adds: boolean
  readonly name: Name
  readonly value: Expression
}
export interface NestedBlock extends EntryBase {
  readonly kind: 'nested'
  readonly name: Name
  readonly body: Block<ModelItem>
}
/**
 * `layer[m] for m in 1..layers from x = input { ... }`; inside `with` only `layer[m] { ... }`, without
 * `loop`.
 */
export interface RepeatedBlock extends EntryBase {
  readonly kind: 'repeated'
  readonly name: Name
  readonly variable: Name
  readonly loop?: { readonly range: Expression; readonly carry: Name; readonly start: Expression }
  readonly body: Block<ModelItem>
}
/** `tap hidden[0] = input` (`index`), `tap hidden[m] for m in 1..layers = layer[m].output` (`family`) */
export interface TapItem extends EntryBase {
  readonly kind: 'tap'
  readonly name: Name
  readonly index?: Expression
  readonly family?: Family
  readonly value: Expression
}
export interface WithoutItem extends EntryBase {
  readonly kind: 'without'
  readonly path: Path
}
/** `share layer[*] in groups groups` (`count`), `share layer[*] in [1..6, 7..12]` (`groups`, a list) */
export interface ShareItem extends EntryBase {
  readonly kind: 'share'
  readonly path: Path
  readonly count?: Expression
  readonly groups?: ListLiteral
}
/** `factorize layer[*].ffn.* to rank(128)`, optionally `from svd` */
export interface FactorizeItem extends EntryBase {
  readonly kind: 'factorize'
  readonly path: Path
  readonly to: Expression
  readonly from?: Expression
}
export interface RequireItem extends EntryBase {
  readonly kind: 'require'
  readonly condition: Expression
  readonly message: StringLiteral
}
/** `names huggingface = "bert." { ... }` */
export interface NamesItem extends EntryBase {
  readonly kind: 'names'
  readonly name: Name
  readonly prefix?: StringLiteral
  readonly lines: Block<NamesLine>
}
export type NamesLine = LeafLine | HeadLine | PathLine
/** `leaf scale -> "weight"` */
export interface LeafLine extends EntryBase {
  readonly kind: 'leaf'
  readonly name: Name
  readonly to: StringLiteral
}
/** `head classifier { logits -> "classifier" }` */
export interface HeadLine extends EntryBase {
  readonly kind: 'head'
  readonly name: Name
  readonly lines: Block<NamesLine>
}
/** `layer[m] -> "encoder.layer.{m - 1}" { ... }` */
export interface PathLine extends EntryBase {
  readonly kind: 'path'
  readonly path: Path
  /** `extra.weight -> transposed "dense.weight"`: the file has columns where the model has rows. */
  readonly transposed: boolean
  readonly to: StringLiteral
  readonly lines?: Block<NamesLine>
}
