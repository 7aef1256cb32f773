/**
 * A model with its parameters: a teacher, a student, or a model as declared. Names of its blocks are
 * evaluated lazily, each once. `force` evaluates all of them in the order of declaration, so that terms are
 * numbered layer by layer.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { brokenRequirement } from '../diagnostics/messages/models.ts'
import type { InstanceDeclaration } from '../syntax/ast.ts'
import { type BlockOwner, ModelBlock } from './block.ts'
import type { Checker } from './checker.ts'
import { Factorizations } from './factorize.ts'
import type { FileScope } from './files.ts'
import { addHeads } from './heads.ts'
import type { ModelDefinition } from './model-definition.ts'
import { namesIn } from './names-in.ts'
import type { ModelParameter } from './program.ts'
import { Sharing } from './share.ts'
import { ModelTaps } from './taps.ts'
import type { ClassIdentity, Term } from './tensor-term.ts'
import type { BindingPlace, Frame, Instance, OwnedParameter } from './values.ts'

export interface InstanceOptions {
  readonly name: string
  readonly role: Instance['role']
  readonly model: ModelDefinition
  readonly file: FileScope
  readonly span: Span
  readonly declaration?: InstanceDeclaration
  readonly copyOf?: NonNullable<Instance['copyOf']>
}

export class ModelInstance implements BlockOwner {
  readonly name: string
  readonly role: Instance['role']
  readonly model: ModelDefinition
  readonly file: FileScope
  readonly span: Span
  readonly declaration?: InstanceDeclaration
  readonly copyOf?: NonNullable<Instance['copyOf']>
  readonly checker: Checker
  /** The user's line to which errors inside a library model point. */
  readonly frame: Frame
  readonly root: ModelBlock
  readonly heads = new Map<string, { kind: string; span: Span; block: ModelBlock }>()
  /** Heads that could not be made. Their use is no further error. */
  readonly failedHeads = new Set<string>()
  readonly taps = new Map<string, ModelTaps>()
  readonly parameters = new Map<string, OwnedParameter>()
  /** The matrix of a binding (a parameter or a product of two) and its shape, for `weight = PATH`. */
  readonly matrices = new Map<string, { term: Term; shape: readonly [number, number] }>()
  /** Bindings that own a matrix, including those whose matrix could not be made. */
  readonly matrixOwners = new Set<string>()
  /** The identity of the rows in the lookup of `tokens`. */
  vocabulary: ClassIdentity | undefined
  /** Whether a `require` line failed. Further errors would be consequences and are not reported. */
  broken = false
  readonly factorizations: Factorizations
  private readonly sharing: Sharing
  private forced = false
  private places: readonly BindingPlace[] | undefined

  constructor(checker: Checker, options: InstanceOptions) {
    this.checker = checker
    this.name = options.name
    this.role = options.role
    this.model = options.model
    this.file = options.file
    this.span = options.span
    if (options.declaration) this.declaration = options.declaration
    if (options.copyOf) this.copyOf = options.copyOf
    this.frame = { kind: 'model', span: options.declaration?.model.span ?? options.span }
    this.root = new ModelBlock({
      instance: this,
      path: [],
      body: options.model.body,
      variables: new Map(),
      frame: this.frame,
    })
    for (const { item, file } of this.model.body.taps) {
      const family = this.taps.get(item.name.text) ?? new ModelTaps(this.root, item.name.text)
      this.taps.set(item.name.text, family)
      family.add(item, file)
    }
    this.sharing = new Sharing(checker, this)
    this.factorizations = new Factorizations(checker, this)
  }

  /**
   * Checks the `require` lines, then adds the heads. The message points at the user's line that breaks the
   * requirement.
   */
  prepare(): void {
    const { checker, model } = this
    for (const { item, file } of model.body.requirements) {
      const scope = this.root.scopeOf(file)
      const value = checker.evaluate(item.condition, scope)
      // Without the training files, it is not known whether a condition on their labels holds.
      if (value.kind === 'undecided' || (value.kind === 'boolean' && value.value)) continue
      this.broken = true
      if (value.kind === 'poison') continue
      const own = this.responsible(namesIn(item.condition))
      const span = own ?? (checker.isLibrary(item.span.file) ? this.frame.span : item.condition.span)
      const requirement = span === item.condition.span ? undefined : item.condition.span
      checker.report(brokenRequirement({ span, model: model.name, message: item.message.value, requirement }))
    }
    addHeads(this)
  }

  /** The last binding outside the library that any of these names depends on. */
  private responsible(names: Iterable<string>): Span | undefined {
    const seen = new Set<string>(names)
    let last: Span | undefined
    for (const name of seen) {
      const item = this.model.body.items.get(name)
      if (item?.kind !== 'binding') continue
      if (!item.file.library) {
        const own = item.span.file === this.model.span.file
        const later = !last || (own && last.file !== item.span.file) || (own && item.span.start > last.start)
        if (later) last = item.span
      }
      for (const inner of namesIn(item.value)) seen.add(inner)
    }
    return last
  }

  canonical(path: string): string {
    return this.sharing.canonical(path)
  }

  /** Records a parameter. Returns the term of the parameter that is stored, after sharing. */
  parameter(path: string, shape: readonly number[], kind: ModelParameter['kind'], span: Span): Term {
    const canonical = this.canonical(path)
    const part = this.heads.has(path.split('.', 1)[0] ?? '') ? 'heads' : 'encoder'
    this.parameters.set(path, { path, canonical, shape, kind, part, span })
    const reference = { owner: this.name, path: canonical }
    return this.checker.terms.make({ op: 'parameter', parameter: reference, shape }, [], [], span)
  }

  /** Whether nothing is left to evaluate. */
  get isForced(): boolean {
    return this.forced
  }

  force(): void {
    if (this.forced) return
    this.forced = true
    if (this.broken) return
    forceBlock(this.root)
    for (const head of this.heads.values()) forceBlock(head.block)
    for (const family of this.taps.values()) for (const index of family.indices()) family.at(index)
    if (this.broken) return
    this.sharing.check()
    this.factorizations.check()
  }

  bindings(): readonly BindingPlace[] {
    this.force()
    this.places ??= this.listBindings()
    return this.places
  }

  private listBindings(): readonly BindingPlace[] {
    const places: BindingPlace[] = []
    if (!this.broken) listBlock(this.root, places)
    for (const [name, { block, span }] of this.heads) {
      places.push({ path: name, kind: 'head', span })
      listBlock(block, places)
    }
    return places
  }
}

/** The blocks that a name of this block defines. A name that refers to another block defines none. */
function held(block: ModelBlock, name: string): ModelBlock[] {
  const value = block.get(name)
  if (value?.kind === 'block' && value.block instanceof ModelBlock && value.block.parent === block)
    return value.block.path.at(-1) === name ? [value.block] : []
  const own = value?.kind === 'repeat' && value.repeat.block === block && value.repeat.name === name
  return own ? layersOf(value.repeat) : []
}

function forceBlock(block: ModelBlock): void {
  for (const name of block.body.items.keys()) for (const inner of held(block, name)) forceBlock(inner)
}

function layersOf(repeat: { indices: readonly number[]; at(index: number): unknown }): ModelBlock[] {
  return repeat.indices.flatMap((index) => {
    const layer = repeat.at(index)
    return layer instanceof ModelBlock ? [layer] : []
  })
}

function listBlock(block: ModelBlock, places: BindingPlace[]): void {
  for (const [name, item] of block.body.items) {
    const path = [...block.path, name].join('.')
    const span = item.nameSpan
    if (item.kind === 'absent') {
      places.push({ path, kind: 'absent', span })
      continue
    }
    const value = block.get(name)
    const inner = held(block, name)
    if (inner.length > 0) {
      for (const one of inner) {
        places.push({ path: one.path.join('.'), kind: item.kind === 'binding' ? 'head' : 'block', span })
        listBlock(one, places)
      }
    } else places.push({ path, kind: 'binding', ...(value ? { value } : {}), span })
  }
}
