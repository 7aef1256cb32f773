/**
 * The values of expressions, and their scopes. A spec is evaluated lazily: numbers stay numbers, tensors
 * become terms, and models stay definitions until one of their names is needed. `POISON` stands for a value
 * that could not be made, after its error was reported. It is never reported again. Values, scopes and
 * instances refer to each other, so their types share this file, which imports no other part of the checker.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import type {
  DataDeclaration,
  FunctionDeclaration,
  HeadDeclaration,
  InstanceDeclaration,
  StageDeclaration,
} from '../syntax/ast.ts'
import type { Expression, Name } from '../syntax/expressions.ts'
import type { FileScope } from './files.ts'
import type { Body, ModelDefinition } from './model-definition.ts'
import type { PathStep } from './paths.ts'
import type { DataSpec, LayerMap, ModelParameter, Projection } from './program.ts'
import type { AxisName, ClassIdentity, Live, Term, TermAxis } from './tensor-term.ts'

export interface NumberValue {
  readonly kind: 'number'
  readonly value: number
  /** The binding or literal that set it: `312 comes from here`. */
  readonly origin?: Span
}
export interface BooleanValue {
  readonly kind: 'boolean'
  readonly value: boolean
}
/** A condition on a number of classes that only absent training files have. */
export interface UndecidedValue {
  readonly kind: 'undecided'
  readonly classes: ClassIdentity
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
/**
 * A vocabulary or a label set. It counts as its size where a number is wanted, and gives a class axis its
 * identity.
 */
export interface LabelsValue {
  readonly kind: 'labels'
  readonly size: number
  readonly identity: ClassIdentity
  readonly names?: readonly string[]
  readonly origin?: Span
}
/**
 * `one_hot(batch.label)`, `1 - smooth(batch.label, 10%)`: becomes a tensor once a tensor beside it determines
 * the classes.
 */
export interface UnsizedValue {
  readonly kind: 'unsized'
  /** `axis`: the class axis of the tensor beside it. */
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
  readonly variable: Name
  readonly body: Expression
  readonly scope: Scope
}
export interface BuiltinValue {
  readonly kind: 'builtin'
  /** Its name in `builtins/index.ts`. */
  readonly name: string
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
/**
 * A binding that `without` removed. It counts as 0 in a sum, and is an error elsewhere. `span` is the
 * `without` line.
 */
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
  | UndecidedValue
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

// ---------------------------------------------------------------- scopes

/** A call in evaluation, or the declaration of the model whose body is evaluated; innermost first. */
export interface Frame {
  readonly kind: 'call' | 'model'
  readonly span: Span
  readonly parent?: Frame
}

/**
 * The suffixes around an expression. `reached` records which of them a primitive used. A suffix that has no
 * effect is an error.
 */
export interface Suffixes {
  readonly per?: readonly AxisName[]
  readonly where?: Live
  readonly within: boolean
  readonly marks: { readonly per?: SuffixMark; readonly where?: SuffixMark; readonly within?: SuffixMark }
}
export interface SuffixMark {
  reached: boolean
}

/** The binding that owns the parameters of its expression. */
export interface Owner {
  readonly instance: InstanceBuilder
  /** Path of the binding: `['layer[3]', 'ffn', 'up']`. */
  readonly path: readonly string[]
  readonly span: Span
  /** The complete expression of the binding. The call of a head makes a block only if it is all of it. */
  readonly expression: Expression
  /** The operation that has made the parameters. A second one is an error. */
  used?: { readonly operation: string; readonly span: Span }
  /** Number of dropouts so far, for their sites. */
  dropouts: number
}

/** A local name. Arguments keep their syntax, so that `weight = tied` finds the path given for `tied`. */
export interface Local {
  value(): Value
  readonly expression?: Expression
  readonly scope?: Scope
  /** Where the name is declared; absent where a path binds it. */
  readonly declared?: Span
}

export interface Scope {
  readonly file: FileScope
  /** The block of a model whose names, and those of the blocks around it, are in scope. */
  readonly block?: BlockInstance
  /** Arguments, binder variables, indices. */
  readonly locals: ReadonlyMap<string, Local>
  readonly suffixes: Suffixes
  readonly owner?: Owner
  readonly frame?: Frame
}

// ---------------------------------------------------------------- instances

/** A parameter before its initial value is known. */
export type OwnedParameter = Omit<ModelParameter, 'initial'>

/** A teacher, a student or a model as declared, with its lazily evaluated blocks. */
export interface Instance {
  readonly name: string
  readonly role: 'teacher' | 'student' | 'model'
  readonly model: ModelDefinition
  /** Absent for a model as declared. The copy of an instance has the declaration of that instance. */
  readonly declaration?: InstanceDeclaration
  /** The file that declares it. */
  readonly file: FileScope
  readonly span: Span
  readonly copyOf?: { readonly instance: string; readonly stage: string; readonly span: Span }
  readonly root: BlockInstance
  /** Heads that could not be made. */
  readonly failedHeads: ReadonlySet<string>
  /** Whether a `require` line failed. Then everything in it is POISON. */
  readonly broken: boolean
  /** The identity of its token ids; known after `force`. */
  readonly vocabulary: ClassIdentity | undefined
  /** By name, in order: `task` -> kind `classifier` and its block. */
  readonly heads: ReadonlyMap<
    string,
    { readonly kind: string; readonly span: Span; readonly block: BlockInstance }
  >
  /** By path, in order of declaration. Complete after `force`. */
  readonly parameters: ReadonlyMap<string, OwnedParameter>
  /** The matrix of a binding (a parameter or a product of two) by its path, once it is evaluated. */
  readonly matrices: ReadonlyMap<string, OwnedMatrix>
  readonly factorizations: { fromSvd(weight: readonly PathStep[]): boolean }
  /**
   * Evaluates everything, once: blocks in the order of declaration and layer by layer, then heads, then taps.
   */
  force(): void
  /** The path of the parameter that is stored for `path`, after sharing. */
  canonical(path: string): string
  /** Every binding, block and removed name by path (`layer[3].attention.query`), in order. Calls `force`. */
  bindings(): readonly BindingPlace[]
}

/** An instance while its bindings are evaluated. */
export interface InstanceBuilder extends Instance {
  /** Set where a mistake leaves nothing below that can be trusted. */
  broken: boolean
  vocabulary: ClassIdentity | undefined
  readonly matrices: Map<string, OwnedMatrix>
  /** Bindings that own a matrix, including those whose matrix could not be made. */
  readonly matrixOwners: Set<string>
  readonly factorizations: Instance['factorizations'] & {
    /** The line that factorizes the matrix of a binding. */
    of(path: readonly string[]): Factorization | undefined
  }
  /** Records a parameter. Returns the term of the parameter that is stored, after sharing. */
  parameter(path: string, shape: readonly number[], kind: ModelParameter['kind'], span: Span): Term
}

export interface OwnedMatrix {
  readonly term: Term
  readonly shape: readonly [number, number]
}

/** The rank of a factorized matrix, not yet evaluated. */
export interface Factorization {
  readonly rank: Expression
  readonly scope: Scope
}

export interface BindingPlace {
  readonly path: string
  /** `head`: a head, or a reusable block bound by a call, which has bindings of its own below. */
  readonly kind: 'binding' | 'block' | 'head' | 'absent'
  /** Its value. Absent for blocks, and for names that `without` removed. */
  readonly value?: Value
  readonly span: Span
}

export interface BlockInstance {
  readonly instance: Instance
  /** `['layer[3]', 'attention']` */
  readonly path: readonly string[]
  readonly parent?: BlockInstance
  readonly body: Body
  /** The head of this block. */
  readonly head?: HeadDeclaration
  /** Index, carried value and head arguments; the file is that of the body. */
  readonly variables: ReadonlyMap<string, Local>
  /** The names of this block itself: settings, tensors and blocks; at the root also taps and heads. */
  names(): readonly string[]
  has(name: string): boolean
  /** Where a name of this block is declared. */
  placeOf(name: string): Span | undefined
  /**
   * The value of a name of this block, evaluated once. POISON after an error; undefined if there is no such
   * name.
   */
  get(name: string): Value | undefined
  /** The scope of an expression in this block that the given file contains. */
  scopeOf(file: FileScope): Scope
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
