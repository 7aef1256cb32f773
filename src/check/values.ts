/**
 * What an expression can mean. The checker evaluates a spec lazily: numbers stay numbers, tensors become terms, models stay definitions until
 * someone looks inside. `POISON` stands for whatever could not be made after its error was reported; it never reports again.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import type {
  DataDeclaration,
  FactorizeItem,
  FunctionDeclaration,
  HeadDeclaration,
  InitEntry,
  InstanceDeclaration,
  NamesItem,
  RequireItem,
  ShareItem,
  StageDeclaration,
  TapItem,
} from '../syntax/ast.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { BuiltinDefinition } from './builtins/builtin.ts'
import type { FileScope } from './files.ts'
import type { PathStep } from './paths.ts'
import type { DataSpec, LayerMap, ModelParameter, Projection } from './program.ts'
import type { Local, Scope } from './scope.ts'
import type { AxisName, ClassIdentity, Term, TermAxis } from './tensor-term.ts'

export interface NumberValue {
  readonly kind: 'number'
  readonly value: number
  /** The binding or literal that decided it: `312 comes from here`. */
  readonly origin?: Span
}
export interface BooleanValue {
  readonly kind: 'boolean'
  readonly value: boolean
}
export interface StringValue {
  readonly kind: 'string'
  /** `{task}` filled in. */
  readonly value: string
  readonly span: Span
}
export interface ListValue {
  readonly kind: 'list'
  readonly items: readonly Value[]
}
/** Inclusive. */
export interface RangeValue {
  readonly kind: 'range'
  readonly from: number
  readonly to: number
}
export interface TermValue {
  readonly kind: 'term'
  readonly term: Term
}
export interface AxisValue {
  readonly kind: 'axis'
  readonly axis: AxisName
}
/** A vocabulary or a label set: counts as its size wherever a number is wanted, and gives a class axis its identity. */
export interface LabelsValue {
  readonly kind: 'labels'
  readonly size: number
  readonly identity: ClassIdentity
  readonly names?: readonly string[]
  readonly origin?: Span
}
/** `one_hot(batch.label)`, `1 - smooth(batch.label, 10%)`: a tensor as soon as one beside it says which classes there are. */
export interface UnsizedValue {
  readonly kind: 'unsized'
  /** `axis`: the class axis of what stands beside it. */
  make(axis: TermAxis): Value
}
export interface ModelValue {
  readonly kind: 'model'
  readonly model: ModelDefinition
}
export interface InstanceValue {
  readonly kind: 'instance'
  readonly instance: Instance
}
export interface BlockValue {
  readonly kind: 'block'
  readonly block: BlockInstance
}
/** `S.layer`: a repeated block before its index. */
export interface RepeatValue {
  readonly kind: 'repeat'
  readonly repeat: RepeatInstance
}
/** `S.hidden`: a tap family before its index. */
export interface TapsValue {
  readonly kind: 'taps'
  readonly taps: TapFamily
}
export interface HeadValue {
  readonly kind: 'head'
  readonly declaration: HeadDeclaration
  readonly file: FileScope
}
/** A `def`, or a `loss` with parameters. */
export interface FunctionValue {
  readonly kind: 'function'
  readonly declaration: FunctionDeclaration
  readonly file: FileScope
}
export interface LambdaValue {
  readonly kind: 'lambda'
  readonly variable: string
  readonly body: Expression
  readonly scope: Scope
}
export interface BuiltinValue {
  readonly kind: 'builtin'
  readonly builtin: BuiltinDefinition
}
export interface MapValue {
  readonly kind: 'map'
  readonly map: LayerMap
}
/** A projection, or one member of a family (`index`). */
export interface ProjectionValue {
  readonly kind: 'projection'
  readonly projection: Projection
  readonly index?: number
}
export interface DataValue {
  readonly kind: 'data'
  readonly name: string
  readonly declaration: DataDeclaration
  readonly file: FileScope
  /** Absent where the block has errors. */
  readonly spec?: DataSpec
}
/** `batch`, whose members are the targets. */
export interface BatchValue {
  readonly kind: 'batch'
}
export interface StageValue {
  readonly kind: 'stage'
  readonly declaration: StageDeclaration
}
export interface QuantityValue {
  readonly kind: 'quantity'
  readonly value: number
  readonly unit: 'epochs' | 'steps'
}
/** `2GiB` */
export interface SizeValue {
  readonly kind: 'size'
  readonly bytes: number
}
export interface NoneValue {
  readonly kind: 'none'
}
/** What `without` removed: the zero of `+`, an error anywhere else. `span` is the `without` line. */
export interface AbsentValue {
  readonly kind: 'absent'
  readonly path: string
  readonly span: Span
}
export interface PoisonValue {
  readonly kind: 'poison'
}

export type Value =
  | NumberValue
  | BooleanValue
  | StringValue
  | ListValue
  | RangeValue
  | TermValue
  | AxisValue
  | LabelsValue
  | UnsizedValue
  | ModelValue
  | InstanceValue
  | BlockValue
  | RepeatValue
  | TapsValue
  | HeadValue
  | FunctionValue
  | LambdaValue
  | BuiltinValue
  | MapValue
  | ProjectionValue
  | DataValue
  | BatchValue
  | StageValue
  | QuantityValue
  | SizeValue
  | NoneValue
  | AbsentValue
  | PoisonValue

export const POISON: PoisonValue = { kind: 'poison' }
export const NONE: NoneValue = { kind: 'none' }

// ---------------------------------------------------------------- models

/** One name of a body. `file` is where it was written, because a derived model may mix files; `span` is what `bound twice` points at. */
export type BodyItem =
  | {
      readonly kind: 'binding'
      readonly value: Expression
      readonly nameSpan: Span
      readonly span: Span
      readonly file: FileScope
    }
  | {
      readonly kind: 'nested'
      readonly body: Body
      readonly nameSpan: Span
      readonly span: Span
      readonly file: FileScope
    }
  | {
      readonly kind: 'repeated'
      readonly body: Body
      readonly variable: string
      readonly range: Expression
      readonly carry: string
      readonly start: Expression
      readonly nameSpan: Span
      readonly span: Span
      readonly file: FileScope
    }
  | { readonly kind: 'absent'; readonly nameSpan: Span; readonly span: Span; readonly file: FileScope }

/** An item with the file whose names it may use. */
export interface Placed<Item> {
  readonly item: Item
  readonly file: FileScope
}

/** What a model says after `with` has been applied; nothing in it has been evaluated. */
export interface Body {
  readonly items: ReadonlyMap<string, BodyItem>
  readonly taps: readonly Placed<TapItem>[]
  readonly shares: readonly Placed<ShareItem>[]
  readonly factorizations: readonly Placed<FactorizeItem>[]
  readonly requirements: readonly Placed<RequireItem>[]
  /** By format; the last `names huggingface` replaces. */
  readonly names: ReadonlyMap<string, Placed<NamesItem>>
  /** In order: later lines win. */
  readonly inits: readonly Placed<InitEntry>[]
}

export interface ModelDefinition {
  readonly name: string
  readonly body: Body
  readonly file: FileScope
  readonly span: Span
  /** The models that this one is made of, itself first: `tinybert_4`, `bert_base`. */
  readonly lineage: readonly string[]
}

/** A parameter as the checker makes it; `initial` is found later. */
export type OwnedParameter = Omit<ModelParameter, 'initial'>

/** A teacher, a student or a model as declared, with its lazily evaluated tree. */
export interface Instance {
  readonly name: string
  readonly role: 'teacher' | 'student' | 'model'
  readonly model: ModelDefinition
  /** Absent for a model as declared. A copy has that of the instance that it copies. */
  readonly declaration?: InstanceDeclaration
  /** The file that declares it. */
  readonly file: FileScope
  readonly span: Span
  readonly copyOf?: { readonly instance: string; readonly stage: string; readonly span: Span }
  readonly root: BlockInstance
  /** Heads that could not be made. */
  readonly failedHeads: ReadonlySet<string>
  /** A requirement failed: everything in it is POISON. */
  readonly broken: boolean
  /** What its token numbers count; known after `force`. */
  readonly vocabulary: ClassIdentity | undefined
  /** By name, in order: `task` -> kind `classifier` and its block. */
  readonly heads: ReadonlyMap<
    string,
    { readonly kind: string; readonly span: Span; readonly block: BlockInstance }
  >
  /** By path as bound, in order of declaration; complete after `force`. */
  readonly parameters: ReadonlyMap<string, OwnedParameter>
  /** The matrix of a binding (a parameter or a product of two), by its path, once it is evaluated. */
  readonly matrices: ReadonlyMap<string, { readonly term: Term; readonly shape: readonly [number, number] }>
  readonly factorizations: { fromSvd(weight: readonly PathStep[]): boolean }
  /** Evaluates everything once: blocks in the order of declaration, layer by layer, then heads, then taps. */
  force(): void
  /** The path of the parameter that holds `path` after sharing. */
  canonical(path: string): string
  /** Every binding, block and removed name, by path (`layer[3].attention.query`), in order. Forces. */
  bindings(): readonly BindingPlace[]
}

export interface BindingPlace {
  readonly path: string
  /** `head`: a head, or a reusable block bound by a call, which has bindings of its own below. */
  readonly kind: 'binding' | 'block' | 'head' | 'absent'
  /** What it is worth; absent for blocks and for what `without` removed. */
  readonly value?: Value
  readonly span: Span
}

export interface BlockInstance {
  readonly instance: Instance
  /** `['layer[3]', 'attention']` */
  readonly path: readonly string[]
  readonly parent?: BlockInstance
  readonly body: Body
  /** The head whose block this is. */
  readonly head?: HeadDeclaration
  /** Index, carried value and head arguments; the file is that of the body. */
  readonly variables: ReadonlyMap<string, Local>
  /** Names bound in this block itself (settings, tensors, blocks; at the root also taps and heads). */
  names(): readonly string[]
  has(name: string): boolean
  /** The value of a name of this block, evaluated once. POISON after an error; undefined if there is no such name. */
  get(name: string): Value | undefined
}

export interface RepeatInstance {
  readonly block: BlockInstance
  readonly name: string
  readonly indices: readonly number[]
  /** Undefined outside `indices`. */
  at(index: number): BlockInstance | undefined
}

export interface TapFamily {
  readonly block: BlockInstance
  readonly name: string
  indices(): readonly number[]
  at(index: number): Value | undefined
}
