/**
 * The interface through which expressions, calls, models and stages use each other. Its one implementation is
 * `SpecChecker`. No part imports `spec-checker.ts`, so there are no import cycles.
 *
 * Rules for all parts: an error is reported once. Its result is POISON or undefined, which is never reported
 * again. Every declaration is checked, so that one run reports all errors of a file.
 */
import type { Diagnostic, Reporter, Span } from '../diagnostics/diagnostic.ts'
import type { DataDeclaration, Declaration, FunctionDeclaration, StageDeclaration } from '../syntax/ast.ts'
import type { Expression, Path, StringLiteral } from '../syntax/expressions.ts'
import type { EffectiveBlock } from './effective-block.ts'
import type { FileName, FileScope, LabelReader } from './files.ts'
import type { Fuel } from './fuel.ts'
import type { NameOf } from './inputs.ts'
import type { ModelDefinition } from './model-definition.ts'
import type { DataSpec } from './program.ts'
import type { Term } from './tensor-term.ts'
import type { TermFactory } from './terms.ts'
import type { Uses } from './uses.ts'
import type { Frame, Instance, PoisonValue, Scope, Value } from './values.ts'

/** A term that came from a declared `loss`, so that stages can name what they minimise. */
export interface LossUse {
  /** `hidn`, or `hidn(S, G)` for a loss with parameters. */
  readonly name: string
  readonly declaration: FunctionDeclaration
  /** The term of the loss's expression. Other losses may have the same one. */
  readonly value: Term
}

/**
 * A place where a loss weights log-probabilities of `learner` by probabilities of `target`: kl,
 * cross_entropy, or their product. Exchanging the two changes such a loss, unlike `mse`.
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
  /** Reads text files (label lists). Undefined where there is no such file. */
  readonly read: (path: string) => string | undefined
  /** The same for a file that is no text: a SentencePiece model. */
  bytes(path: string): Uint8Array | undefined
  /** The labels of training files; undefined where one of them is absent. Throws DiagnosticError. */
  readonly readLabels: LabelReader
  readonly fuel: Fuel
  /** Gets the uses of names, where an editor asks for them. */
  readonly uses: Uses | undefined

  /**
   * Reports a diagnostic. With a scope, a place inside the standard library is replaced by the user's call;
   * the library's place becomes a second span.
   */
  report(diagnostic: Diagnostic, scope?: Scope): void
  /** Reports, and returns the value that stands for the missing result. */
  fail(diagnostic: Diagnostic, scope?: Scope): PoisonValue
  /** Reports the limit that was exceeded, once. */
  outOfFuel(span: Span, scope: Scope): PoisonValue
  /** The text that a span covers. */
  text(span: Span): string
  isLibrary(file: string): boolean
  /**
   * Whether there is a syntax error in this place. What seems to be missing there may only have been
   * unreadable.
   */
  misread(span: Span): boolean

  /** Evaluates; POISON after reporting. */
  evaluate(expression: Expression, scope: Scope): Value
  /** Evaluates a definition. One that needs its own value is an error, which lists the path back to it. */
  define(owner: object, name: string, span: Span, scope: Scope, make: () => Value): Value
  /** The scope of a file's own declarations (default: the spec's). */
  scope(file?: FileScope, frame?: Frame): Scope

  // ---- extraction: undefined after reporting. `what` is the wanted value in the message (`batch size`,
  // `epsilon`).
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
  /**
   * A path as a user wrote it in `file`, made relative to the working folder. `std/...` strings are not
   * special here.
   */
  resolvePath(written: string, file: FileScope): string

  // ---- what is declared
  /**
   * Declarations of this kind in the spec and in files that it imports names of, in order; those of the spec
   * last.
   */
  declarations<Kind extends Declaration['kind']>(
    kind: Kind,
  ): readonly { readonly declaration: Extract<Declaration, { kind: Kind }>; readonly file: FileScope }[]
  /** What a top-level name stands for in a file. Evaluates nothing. */
  named(name: string, file: FileScope): NameOf
  /**
   * The value of a top-level name of the file, its own or imported. Undefined where there is none; the caller
   * reports.
   * @param use where the name is used, for the index of uses
   */
  lookup(name: string, file: FileScope, use?: Span): Value | undefined
  /** The value of a declared name, made once. */
  valueOf(entry: FileName): Value
  /** The values of declarations, once evaluated. */
  readonly values: Map<Declaration, Value>
  /** Values of `--set`, by setting of the spec. */
  readonly overrides: Map<Declaration, Value>
  /** The file of the library that declares a name. */
  libraryFileOf(name: string): string | undefined
  /**
   * Like `lookup`, in all scopes that an expression can use. Reports an unknown name, with the nearest known
   * one.
   */
  resolveName(name: string, span: Span, scope: Scope): Value
  /** Teachers and students in order of declaration, evaluated completely. */
  readonly instances: ReadonlyMap<string, Instance>
  /** The model as declared, without heads. */
  bareInstance(model: ModelDefinition): Instance
  readonly data: Map<DataDeclaration, DataSpec>
  /**
   * Data blocks with the settings of their bases, as far as they have been read. Undefined where a base is no
   * data block.
   */
  readonly dataBlocks: Map<DataDeclaration, EffectiveBlock | undefined>
  readonly stages: readonly { readonly declaration: StageDeclaration; readonly file: FileScope }[]

  // ---- paths
  /**
   * Follows a path of names and single indices (`S.layer[3].ffn`, `W`) to a value. Reports an unknown step
   * and returns POISON. Patterns are not allowed.
   */
  walk(path: Path, scope: Scope): Value
  /** The instance whose declaration has this name, or undefined. */
  instance(name: string): Instance | undefined

  // ---- losses
  /** Where a loss compares log-probabilities of one value with probabilities of another. */
  readonly comparisons: Comparison[]
  /** The term of a declared loss, one for each name: a loss that is used twice is one term. */
  lossTerm(value: Term, name: string, declaration: FunctionDeclaration): Term
  /** The declared loss that made this very term, if one did. */
  lossOf(term: Term): LossUse | undefined
}
