/**
 * The checker as its parts see it. Expressions, calls, models and stages reach each other through this interface, whose one implementation is `SpecChecker`;
 * so no part imports `spec-checker.ts`, and there are no circles of imports.
 *
 * Rules for all parts: an error is reported once and gives POISON or undefined, which nobody reports again; every declaration is checked, so one run
 * shows all mistakes of a file. Codes used by it: E0101-E0139, E02xx, E03xx, E0401-E0419, E05xx, E06xx.
 */
import type { Diagnostic, Reporter, Span } from '../diagnostics/diagnostic.ts'
import type { DataDeclaration, Declaration, FunctionDeclaration, StageDeclaration } from '../syntax/ast.ts'
import type { Expression, Path, StringLiteral } from '../syntax/expressions.ts'
import type { EffectiveBlock } from './effective-block.ts'
import type { FileName, FileScope } from './files.ts'
import type { Fuel } from './fuel.ts'
import type { ModelDefinition } from './model-definition.ts'
import type { DataSpec } from './program.ts'
import type { Live, Term } from './tensor-term.ts'
import type { TermFactory } from './terms.ts'
import type { Instance, PoisonValue, Scope, Value } from './values.ts'

/** A term that came from a declared `loss`, so that stages can name what they minimise. */
export interface LossUse {
  /** `hidn`, or `hidn(S, G)` for a loss with parameters. */
  readonly name: string
  readonly declaration: FunctionDeclaration
  /** What the loss says, which other losses may say too. */
  readonly value: Term
}

/**
 * A place where a loss weighs log-probabilities of `learner` by probabilities of `target`: kl, cross_entropy, or their product. Who is which
 * matters here; it does not in `mse`.
 */
export interface Comparison {
  readonly term: Term
  readonly learner: Term
  readonly target: Term
  readonly span: Span
  readonly scope: Scope
}

export interface Checker {
  readonly reporter: Reporter
  /** Texts of all files read, by the key that spans use. */
  readonly sources: Map<string, string>
  /** The spec itself. */
  readonly spec: FileScope
  readonly terms: TermFactory
  /** Injected reader of text files (label lists): undefined where there is no such file. */
  readonly read: (path: string) => string | undefined
  readonly fuel: Fuel

  /**
   * Reports. With a scope, a place inside the standard library is moved to the user's call (the library's place becomes a second span).
   */
  report(diagnostic: Diagnostic, scope?: Scope): void
  /** Reports, and gives the value that stands for what could not be made. */
  fail(diagnostic: Diagnostic, scope?: Scope): PoisonValue
  /** Reports what ran out, once. */
  outOfFuel(span: Span, scope: Scope): PoisonValue
  /** The text that a span covers. */
  text(span: Span): string
  isLibrary(file: string): boolean
  /** Is there a syntax error in this place? What seems to lack there was perhaps only not read. */
  misread(span: Span): boolean

  /** Evaluates; POISON after reporting. */
  evaluate(expression: Expression, scope: Scope): Value
  /** Evaluates a definition once at a time: one that comes back to itself is an error that lists the way. */
  define(owner: object, name: string, span: Span, scope: Scope, make: () => Value): Value
  /** The scope of a file's own declarations (default: the spec's). */
  scope(file?: FileScope): Scope

  // ---- extraction: undefined after reporting; `what` names the wanted thing in the message (`batch size`, `epsilon`)
  number(expression: Expression, scope: Scope, what: string): number | undefined
  integer(expression: Expression, scope: Scope, what: string): number | undefined
  /** A number, or a scalar term of progress, step and epoch. */
  scalar(expression: Expression, scope: Scope, what: string): number | Term | undefined
  string(expression: Expression, scope: Scope, what: string): string | undefined
  /** A whole number, a range, a list of those. */
  indices(expression: Expression, scope: Scope, what: string): readonly number[] | undefined
  /** A tensor or number as a scalar term without axes (a loss). */
  scalarTerm(expression: Expression, scope: Scope, what: string): Term | undefined
  /** Fills `{task}` from the settings of the literal's file. */
  interpolate(literal: StringLiteral, scope: Scope): string | undefined
  /** A path as a user wrote it in `file`, made relative to the working folder. `std/...` strings are not special here. */
  resolvePath(written: string, file: FileScope): string

  // ---- what is declared
  /** Declarations of this kind in the spec and in files that it imports names of, in order; those of the spec last. */
  declarations<Kind extends Declaration['kind']>(
    kind: Kind,
  ): readonly { readonly declaration: Extract<Declaration, { kind: Kind }>; readonly file: FileScope }[]
  /** The value of a top-level name of the file (own or imported); undefined where there is none: the caller reports. */
  lookup(name: string, file: FileScope): Value | undefined
  /** The value of a declared name, made once. */
  valueOf(entry: FileName): Value
  /** What declarations turned out to mean. */
  readonly values: Map<Declaration, Value>
  /** Values of `--set`, by setting of the spec. */
  readonly overrides: Map<Declaration, Value>
  /** The file of the library that declares a name. */
  libraryFileOf(name: string): string | undefined
  /** Like `lookup` in everything that an expression could see, and reports an unknown name with a did-you-mean. */
  resolveName(name: string, span: Span, scope: Scope): Value
  /** Teachers and students in order of declaration, forced. */
  readonly instances: ReadonlyMap<string, Instance>
  /** The model as declared, without heads. */
  bareInstance(model: ModelDefinition): Instance
  readonly data: Map<DataDeclaration, DataSpec>
  /** Data blocks with what their bases say, as far as they have been read; undefined where a base is none. */
  readonly dataBlocks: Map<DataDeclaration, EffectiveBlock | undefined>
  readonly stages: readonly { readonly declaration: StageDeclaration; readonly file: FileScope }[]

  // ---- paths
  /**
   * Walks a path of names and single indices (`S.layer[3].ffn`, `W`) to a value; reports and gives POISON where a step is unknown. No patterns.
   */
  walk(path: Path, scope: Scope): Value
  /** The instance whose declaration has this name, or undefined. */
  instance(name: string): Instance | undefined

  // ---- losses
  /** Where a loss compares log-probabilities of one value with probabilities of another. */
  readonly comparisons: Comparison[]
  /** The term of a declared loss: one for each name, so that a loss used twice is still one. */
  lossTerm(value: Term, name: string, declaration: FunctionDeclaration): Term
  /** The declared loss that made this very term, if one did. */
  lossOf(term: Term): LossUse | undefined
  /** Batch targets (`batch.label` as `label`) that a term reads, with where each was written first. */
  targetsOf(term: Term): ReadonlyMap<string, Span>
  /** Masks other than attended that a term reads (`masked`, `first_piece`), with a place. */
  masksOf(term: Term): ReadonlyMap<Live, Span>
}
