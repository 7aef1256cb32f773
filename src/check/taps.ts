/**
 * Tap families: aliases by layer number. `tap hidden[0] = input`,
 * `tap hidden[m] for m in 1..layers = layer[m].output`.
 */
import { repeatedTap } from '../diagnostics/messages/models.ts'
import type { TapItem } from '../syntax/ast.ts'
import type { ModelBlock } from './block.ts'
import { integerOf, rangeOf } from './extract.ts'
import type { FileScope } from './files.ts'
import type { Placed } from './model-definition.ts'
import { withLocal } from './scope.ts'
import type { TapFamily, Value } from './values.ts'

export class ModelTaps implements TapFamily {
  readonly block: ModelBlock
  readonly name: string
  private readonly items: Placed<TapItem>[] = []
  private places: Map<number, Placed<TapItem>> | undefined
  private readonly known = new Map<number, Value>()

  constructor(block: ModelBlock, name: string) {
    this.block = block
    this.name = name
  }

  add(item: TapItem, file: FileScope): void {
    this.items.push({ item, file })
  }

  indices(): readonly number[] {
    return [...this.found().keys()].sort((a, b) => a - b)
  }

  at(index: number): Value | undefined {
    const known = this.known.get(index)
    const placed = this.found().get(index)
    if (known || !placed) return known
    const { item, file } = placed
    const { checker } = this.block.instance
    const scope = this.block.scopeOf(file)
    const variable = item.family?.variable
    const inner =
      variable === undefined
        ? scope
        : withLocal(scope, variable.text, { kind: 'number', value: index }, variable.span)
    const name = `${this.name}[${index}]`
    const value = checker.define(this, name, item.name.span, scope, () => checker.evaluate(item.value, inner))
    this.known.set(index, value)
    return value
  }

  private found(): Map<number, Placed<TapItem>> {
    if (this.places) return this.places
    const places = new Map<number, Placed<TapItem>>()
    this.places = places
    const { checker, broken } = this.block.instance
    if (broken) return places
    for (const placed of this.items) {
      const scope = this.block.scopeOf(placed.file)
      for (const index of this.indicesOf(placed, scope)) {
        if (places.has(index))
          checker.report(repeatedTap({ span: placed.item.name.span, name: this.name, index }), scope)
        else places.set(index, placed)
      }
    }
    return places
  }

  private indicesOf({ item }: Placed<TapItem>, scope: ReturnType<ModelBlock['scopeOf']>): number[] {
    const { checker } = this.block.instance
    if (item.index) {
      const index = integerOf(
        checker,
        checker.evaluate(item.index, scope),
        item.index.span,
        scope,
        'the index of a tap',
      )
      return index === undefined ? [] : [index]
    }
    if (!item.family) return []
    const { range } = item.family
    const bounds = rangeOf(checker, checker.evaluate(range, scope), range.span, scope, 'of a tap family')
    if (!bounds) return []
    return Array.from({ length: Math.max(0, bounds.to - bounds.from + 1) }, (_, i) => bounds.from + i)
  }
}
