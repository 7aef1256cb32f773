/**
 * The one implementation of `Checker`: the state while one spec is checked. `evaluate.ts` and the files
 * beside it evaluate expressions. This file stores results and passes them on.
 */
import type { Diagnostic, Reporter, Span } from '../diagnostics/diagnostic.ts'
import {
  definitionsTooDeep,
  recursiveDefinition,
  tooMuchToEvaluate,
  unknownHole,
} from '../diagnostics/messages/names.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { DataDeclaration, Declaration, FunctionDeclaration } from '../syntax/ast.ts'
import type { Expression, Path, StringLiteral } from '../syntax/expressions.ts'
import { limits } from '../syntax/limits.ts'
import type { Checker, Comparison, LossUse } from './checker.ts'
import { declaredValue } from './declared.ts'
import type { EffectiveBlock } from './effective-block.ts'
import { evaluate } from './evaluate.ts'
import * as extract from './extract.ts'
import { declaredAt, type FileName, type FileScope, type LabelReader } from './files.ts'
import { Fuel } from './fuel.ts'
import type { Inputs, NameOf } from './inputs.ts'
import { ModelInstance } from './instance.ts'
import type { ModelDefinition } from './model-definition.ts'
import type { DataSpec } from './program.ts'
import { relocate } from './relocate.ts'
import { resolveName } from './resolve.ts'
import { fileScope } from './scope.ts'
import { libraryNames, type SpecFiles } from './spec-files.ts'
import type { Term } from './tensor-term.ts'
import { TermFactory } from './terms.ts'
import type { Uses } from './uses.ts'
import { type Frame, type Instance, POISON, type PoisonValue, type Scope, type Value } from './values.ts'
import { walkPath } from './walk.ts'

interface Active {
  readonly owner: object
  readonly name: string
}

export interface SpecCheckerOptions {
  readonly reporter: Reporter
  readonly sources: Map<string, string>
  readonly inputs: Inputs
  readonly files: SpecFiles
  readonly readLabels: LabelReader
  readonly uses?: Uses | undefined
  /** What was evaluated before. It stays as it is. */
  readonly base?: SpecChecker | undefined
}

export class SpecChecker implements Checker {
  readonly reporter: Reporter
  readonly sources: Map<string, string>
  readonly spec: FileScope
  readonly files: readonly FileScope[]
  readonly terms: TermFactory
  readonly inputs: Inputs
  readonly readLabels: LabelReader
  private readonly specFiles: SpecFiles
  /** The library's files by their names, read for the first unknown name. */
  private ofLibrary: ReadonlyMap<string, string> | undefined
  readonly instances: Map<string, Instance>
  readonly data: Map<DataDeclaration, DataSpec>
  readonly dataBlocks: Map<DataDeclaration, EffectiveBlock | undefined>
  readonly comparisons: Comparison[]
  /** Values of `--set`, by setting of the spec. */
  readonly overrides = new Map<Declaration, Value>()
  /** The values of declarations, once evaluated. */
  readonly values: Map<Declaration, Value>
  private readonly losses: Map<Term, LossUse>
  /** The terms of declared losses, by the term of their expression. */
  private readonly lossesOf: Map<Term, readonly Term[]>
  private readonly bare: Map<ModelDefinition, ModelInstance>
  readonly fuel: Fuel
  /** How many expressions were evaluated. */
  evaluations = 0
  readonly uses: Uses | undefined
  private toldFuel = false
  private readonly active: Active[] = []
  private readonly libraryFiles: ReadonlySet<string>

  constructor(options: SpecCheckerOptions) {
    const { base } = options
    this.reporter = options.reporter
    this.sources = options.sources
    this.inputs = options.inputs
    this.spec = options.inputs.spec
    this.files = options.inputs.files
    this.readLabels = options.readLabels
    this.specFiles = options.files
    this.uses = options.uses
    this.terms = new TermFactory(base?.terms)
    this.fuel = new Fuel(base?.fuel)
    this.instances = new Map(base?.instances)
    this.data = new Map(base?.data)
    this.dataBlocks = new Map(base?.dataBlocks)
    this.comparisons = [...(base?.comparisons ?? [])]
    this.values = new Map(base?.values)
    this.losses = new Map(base?.losses)
    this.lossesOf = new Map(base?.lossesOf)
    // The others are still evaluated where they are read, and would go on doing so in the base.
    this.bare = new Map([...(base?.bare ?? [])].filter(([, instance]) => instance.isForced))
    this.libraryFiles = new Set(this.files.filter(({ library }) => library).map(({ file }) => file))
  }

  // ---------------------------------------------------------------- reporting

  report(diagnostic: Diagnostic, scope?: Scope): void {
    if (!scope) {
      this.reporter.report(diagnostic)
      return
    }
    const isLibrary = (file: string) => this.isLibrary(file)
    this.reporter.report(relocate(diagnostic, scope, isLibrary, (span) => this.text(span)))
  }

  /** Reports, and returns the value that stands for the missing result. */
  fail(diagnostic: Diagnostic, scope?: Scope): PoisonValue {
    this.report(diagnostic, scope)
    return POISON
  }

  isLibrary(file: string): boolean {
    return this.libraryFiles.has(file)
  }

  /** The text that a span covers. */
  text(span: Span): string {
    return this.sources.get(span.file)?.slice(span.start, span.end) ?? ''
  }

  /** Evaluates a definition. One that needs its own value is an error, which lists the path back to it. */
  define(owner: object, name: string, span: Span, scope: Scope, make: () => Value): Value {
    const start = this.active.findIndex((entry) => entry.owner === owner && entry.name === name)
    if (start >= 0) {
      const chain = [...this.active.slice(start).map((entry) => entry.name), name]
      return this.fail(recursiveDefinition({ span, name, chain }), scope)
    }
    if (!this.fuel.enter(1)) return this.outOfFuel(span, scope)
    this.active.push({ owner, name })
    try {
      return make()
    } finally {
      this.active.pop()
      this.fuel.leave()
    }
  }

  /**
   * Reports the limit that was exceeded, once. Too many expansions are reported at the outermost call, too
   * much depth here.
   */
  outOfFuel(span: Span, scope: Scope): PoisonValue {
    if (this.toldFuel) return POISON
    this.toldFuel = true
    if (this.fuel.out === 'depth')
      return this.fail(definitionsTooDeep({ span, deepest: limits.depth }), scope)
    return this.fail(
      tooMuchToEvaluate({ span: outermostCall(scope) ?? span, most: limits.expansions }),
      scope,
    )
  }

  misread(span: Span): boolean {
    return this.inputs.misread(span)
  }

  read(path: string): string | undefined {
    return this.inputs.text(path)
  }

  libraryFileOf(name: string): string | undefined {
    this.ofLibrary ??= libraryNames(this.specFiles)
    return this.ofLibrary.get(name)
  }

  // ---------------------------------------------------------------- evaluation

  evaluate(expression: Expression, scope: Scope): Value {
    this.evaluations++
    return evaluate(this, expression, scope)
  }

  scope(file: FileScope = this.spec, frame?: Frame): Scope {
    return fileScope(this.inputs.current(file), frame)
  }

  number(expression: Expression, scope: Scope, what: string): number | undefined {
    return extract.numberOf(this, this.evaluate(expression, scope), expression.span, scope, what)
  }

  integer(expression: Expression, scope: Scope, what: string): number | undefined {
    return extract.integerOf(this, this.evaluate(expression, scope), expression.span, scope, what)
  }

  scalar(expression: Expression, scope: Scope, what: string): number | Term | undefined {
    return extract.scalarOf(this, this.evaluate(expression, scope), expression.span, scope, what)
  }

  string(expression: Expression, scope: Scope, what: string): string | undefined {
    return extract.stringOf(this, this.evaluate(expression, scope), expression.span, scope, what)
  }

  indices(expression: Expression, scope: Scope, what: string): readonly number[] | undefined {
    return extract.indicesOf(this, this.evaluate(expression, scope), expression.span, scope, what)
  }

  scalarTerm(expression: Expression, scope: Scope, what: string): Term | undefined {
    return extract.scalarTermOf(this, this.evaluate(expression, scope), expression.span, scope, what)
  }

  interpolate(literal: StringLiteral, scope: Scope): string | undefined {
    let complete = true
    const filled = literal.pieces.map((piece) => {
      if (typeof piece === 'string') return piece
      const name = piece.hole
      const entry = this.named(name, scope.file)
      const isSetting = typeof entry === 'object' && entry.declaration.kind === 'setting'
      const value = isSetting ? this.valueOf(entry) : undefined
      if (value?.kind === 'number' || value?.kind === 'string') return String(value.value)
      complete = false
      if (value?.kind === 'poison' || entry === 'broken') return ''
      const { names } = this.inputs.current(scope.file)
      const settings = [...names.values()].filter((other) => other.declaration.kind === 'setting')
      const similar = suggest(
        name,
        settings.map((other) => other.name),
      )
      this.report(unknownHole({ span: literal.span, name, similar }), scope)
      return ''
    })
    return complete ? filled.join('') : undefined
  }

  bytes(path: string): Uint8Array | undefined {
    return this.specFiles.bytes(path)
  }

  resolvePath(written: string, file: FileScope): string {
    return this.specFiles.resolve(file.path, written)
  }

  // ---------------------------------------------------------------- declarations

  declarations<Kind extends Declaration['kind']>(
    kind: Kind,
  ): { declaration: Extract<Declaration, { kind: Kind }>; file: FileScope }[] {
    return this.inputs.declarations(kind)
  }

  /** Puts these data blocks before others, whichever was read first. */
  orderData(blocks: readonly Value[]): void {
    const others = [...this.data]
    this.data.clear()
    for (const value of blocks)
      if (value.kind === 'data' && value.spec) this.data.set(value.declaration, value.spec)
    for (const [declaration, spec] of others) this.data.set(declaration, spec)
  }

  get stages() {
    return this.declarations('stage').filter(({ file }) => file === this.spec)
  }

  named(name: string, file: FileScope): NameOf {
    return this.inputs.named(name, file)
  }

  lookup(name: string, file: FileScope, use?: Span): Value | undefined {
    const entry = this.named(name, file)
    if (entry === undefined) return undefined
    if (entry === 'broken') return POISON
    if (use) this.uses?.add(use, declaredAt(entry))
    return this.valueOf(entry)
  }

  resolveName(name: string, span: Span, scope: Scope): Value {
    return resolveName(this, name, span, scope)
  }

  /** The value of a declared name, made once. */
  valueOf(entry: FileName): Value {
    const known = this.values.get(entry.declaration)
    if (known) return known
    const { declaration, file } = entry
    const span = declaredAt(entry)
    const value = this.define(declaration, entry.name, span, fileScope(file), () =>
      declaredValue(this, entry),
    )
    if (!this.values.has(declaration)) this.values.set(declaration, value)
    return value
  }

  instance(name: string): Instance | undefined {
    const value = this.lookup(name, this.spec)
    return value?.kind === 'instance' ? value.instance : undefined
  }

  /** The model as declared, without heads. */
  bareInstance(model: ModelDefinition): ModelInstance {
    const known = this.bare.get(model)
    if (known) return known
    const made = new ModelInstance(this, {
      name: model.name,
      role: 'model',
      model,
      file: model.file,
      span: model.span,
    })
    this.bare.set(model, made)
    made.prepare()
    return made
  }

  walk(path: Path, scope: Scope): Value {
    return walkPath(this, path, scope)
  }

  // ---------------------------------------------------------------- losses

  /** The term of a declared loss, one for each name: a loss that is used twice is one term. */
  lossTerm(value: Term, name: string, declaration: FunctionDeclaration): Term {
    const others = this.lossesOf.get(value) ?? []
    const known = others.find((other) => {
      const use = this.losses.get(other)
      return use?.name === name && use.declaration === declaration
    })
    if (known) return known
    const term = this.terms.copy(value)
    this.losses.set(term, { name, declaration, value })
    this.lossesOf.set(value, [...others, term])
    return term
  }

  lossOf(term: Term): LossUse | undefined {
    return this.losses.get(term)
  }
}

function outermostCall({ frame }: Scope): Span | undefined {
  let found: Span | undefined
  for (let at = frame; at; at = at.parent) found = at.span
  return found
}
