/**
 * Blocks of a model: a nested block, one layer of a repeated block, a head. Names are evaluated when first
 * asked for, once.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { blockWithoutLayers } from '../diagnostics/messages/models.ts'
import { rangeTooLong } from '../diagnostics/messages/shapes.ts'
import type { HeadDeclaration } from '../syntax/ast.ts'
import { limits } from '../syntax/limits.ts'
import type { Checker } from './checker.ts'
import { rangeOf } from './extract.ts'
import type { FileScope } from './files.ts'
import type { Body, BodyItem } from './model-definition.ts'
import { fileScope } from './scope.ts'
import {
  type BlockInstance,
  type Frame,
  type InstanceBuilder,
  type Local,
  POISON,
  type RepeatInstance,
  type Scope,
  type TapFamily,
  type Value,
} from './values.ts'

/** The instance as its own blocks see it. */
export interface BlockOwner extends InstanceBuilder {
  readonly checker: Checker
  readonly root: ModelBlock
  readonly heads: Map<string, { readonly kind: string; readonly span: Span; readonly block: ModelBlock }>
  readonly failedHeads: Set<string>
  readonly taps: ReadonlyMap<string, TapFamily>
}

export interface BlockOptions {
  readonly instance: BlockOwner
  readonly path: readonly string[]
  readonly body: Body
  readonly parent?: ModelBlock
  readonly variables: ReadonlyMap<string, Local>
  readonly frame: Frame
  readonly head?: HeadDeclaration
}

export class ModelBlock implements BlockInstance {
  readonly instance: BlockOwner
  readonly path: readonly string[]
  readonly body: Body
  readonly parent?: ModelBlock
  readonly variables: ReadonlyMap<string, Local>
  readonly frame: Frame
  readonly head?: HeadDeclaration
  private readonly known = new Map<string, Value>()
  /** The scope of the last file that was asked for. Most blocks are of one file, so it is cached. */
  private scope: Scope | undefined

  constructor(options: BlockOptions) {
    this.instance = options.instance
    this.path = options.path
    this.body = options.body
    if (options.parent) this.parent = options.parent
    this.variables = options.variables
    this.frame = options.frame
    if (options.head) this.head = options.head
  }

  private get isRoot(): boolean {
    return this === this.instance.root
  }

  names(): readonly string[] {
    const own = [...this.body.items.keys()]
    return this.isRoot ? [...own, ...this.instance.taps.keys(), ...this.instance.heads.keys()] : own
  }

  has(name: string): boolean {
    if (this.body.items.has(name)) return true
    return this.isRoot && (this.instance.taps.has(name) || this.instance.heads.has(name))
  }

  placeOf(name: string): Span | undefined {
    const item = this.body.items.get(name)
    if (item || !this.isRoot) return item?.nameSpan
    return (
      this.body.taps.find((tap) => tap.item.name.text === name)?.item.name.span ??
      this.instance.heads.get(name)?.span
    )
  }

  get(name: string): Value | undefined {
    const known = this.known.get(name)
    if (known) return known
    const item = this.body.items.get(name)
    if (!item) return this.special(name)
    const value = this.instance.broken ? POISON : this.make(name, item)
    this.known.set(name, value)
    return value
  }

  scopeOf(file: FileScope): Scope {
    if (this.scope?.file !== file) this.scope = { ...fileScope(file, this.frame), block: this }
    return this.scope
  }

  private special(name: string): Value | undefined {
    if (!this.isRoot) return undefined
    const head = this.instance.heads.get(name)
    if (head) return { kind: 'block', block: head.block }
    if (this.instance.failedHeads.has(name)) return POISON
    const taps = this.instance.taps.get(name)
    return taps && { kind: 'taps', taps }
  }

  private make(name: string, item: BodyItem): Value {
    const { instance } = this
    const path = [...this.path, name]
    switch (item.kind) {
      case 'absent':
        return { kind: 'absent', path: path.join('.'), span: item.span }
      case 'nested': {
        const { frame } = this
        return {
          kind: 'block',
          block: new ModelBlock({
            instance,
            path,
            body: item.body,
            parent: this,
            variables: new Map(),
            frame,
          }),
        }
      }
      case 'repeated': {
        const scope = this.scopeOf(item.file)
        const evaluated = instance.checker.define(this, path.join('.'), item.range.span, scope, () =>
          instance.checker.evaluate(item.range, scope),
        )
        const range = rangeOf(instance.checker, evaluated, item.range.span, scope, 'of layers')
        if (!range) return POISON
        const count = range.to - range.from + 1
        if (count > limits.layers) {
          const most = limits.layers
          instance.broken = true
          return instance.checker.fail(rangeTooLong({ span: item.range.span, count, most }), scope)
        }
        if (range.to < range.from)
          return instance.checker.fail(blockWithoutLayers({ span: item.range.span, name, ...range }), scope)
        return { kind: 'repeat', repeat: new ModelRepeat(this, name, item, range) }
      }
      case 'binding':
        return this.bind(path, item)
    }
  }

  private bind(path: readonly string[], item: Extract<BodyItem, { kind: 'binding' }>): Value {
    const { checker } = this.instance
    const owner = { instance: this.instance, path, span: item.nameSpan, expression: item.value, dropouts: 0 }
    const scope: Scope = { ...this.scopeOf(item.file), owner }
    const shown = path.join('.')
    // A literal depends on no other name, so it cannot depend on itself.
    const literal = item.value.kind === 'number' || item.value.kind === 'string'
    const value = literal
      ? checker.evaluate(item.value, scope)
      : checker.define(this, shown, item.nameSpan, scope, () => checker.evaluate(item.value, scope))
    if (value.kind !== 'number') return value
    // The origin of `hidden_size = 312` is this line. The origin of `hidden_size = width` is that of `width`.
    const { kind } = item.value
    return kind === 'number' || kind === 'binary' || kind === 'negate'
      ? { ...value, origin: item.span }
      : value
  }
}

class ModelRepeat implements RepeatInstance {
  readonly block: ModelBlock
  readonly name: string
  readonly indices: readonly number[]
  private readonly item: Extract<BodyItem, { kind: 'repeated' }>
  private readonly layers = new Map<number, ModelBlock>()
  /** Number of layers whose output has been evaluated, from the first on. */
  private evaluated = 0

  constructor(
    block: ModelBlock,
    name: string,
    item: Extract<BodyItem, { kind: 'repeated' }>,
    { from, to }: { readonly from: number; readonly to: number },
  ) {
    this.block = block
    this.name = name
    this.item = item
    this.indices = Array.from({ length: to - from + 1 }, (_, i) => from + i)
  }

  at(index: number): ModelBlock | undefined {
    const known = this.layers.get(index)
    const first = this.indices[0]
    const last = this.indices.at(-1)
    if (known || first === undefined || last === undefined) return known
    if (!Number.isInteger(index) || index < first || index > last) return undefined
    const { block, item } = this
    const { checker } = block.instance
    const carried = (): Value => {
      if (index === first) return checker.evaluate(item.start, block.scopeOf(item.file))
      // Evaluates the layers below first, in a loop: a model of 2,000 layers would overflow the stack by
      // recursion.
      for (let next = this.evaluated + first; next < index - 1; next++) {
        this.evaluated++
        this.at(next)?.get('output')
      }
      return this.at(index - 1)?.get('output') ?? POISON
    }
    let value: Value | undefined
    const carry: Local = {
      value: () => {
        value ??= carried()
        return value
      },
      declared: item.carry.span,
    }
    const layer = new ModelBlock({
      instance: block.instance,
      path: [...block.path, `${this.name}[${index}]`],
      body: item.body,
      parent: block,
      variables: new Map([
        [
          item.variable.text,
          { value: () => ({ kind: 'number', value: index }), declared: item.variable.span },
        ],
        [item.carry.text, carry],
      ]),
      frame: block.frame,
    })
    this.layers.set(index, layer)
    return layer
  }
}
