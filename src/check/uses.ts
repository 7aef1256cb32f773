/**
 * Where the names of a spec are used, and where they are declared, as the checker resolves them; and what
 * its expressions are. Names are bound late: one use may have several declarations, such as a size that two
 * models replace.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { BlockKind } from './setting-docs.ts'
import type { Value } from './values.ts'

/** Values that are kept of an expression: one in a sum over layers has many. */
const mostValues = 32

export class Uses {
  /** @param base the uses in what was evaluated before */
  constructor(base?: Uses) {
    this.blocks = [...(base?.blocks ?? [])]
    for (const [use, declarations] of base?.declarations ?? [])
      this.declarations.set(use, new Set(declarations))
    for (const [expression, values] of base?.values ?? []) this.values.set(expression, [...values])
  }

  /** By the spans of the syntax tree, of which each place has one. */
  private readonly declarations = new Map<Span, Set<Span>>()

  add(use: Span, declaration: Span): void {
    const known = this.declarations.get(use)
    if (known === undefined) this.declarations.set(use, new Set([declaration]))
    else known.add(declaration)
  }

  /** The first values of expressions that name something, or call it. */
  readonly values = new Map<Expression, Value[]>()

  value(expression: Expression, value: Value): void {
    const known = this.values.get(expression)
    if (known === undefined) this.values.set(expression, [value])
    else if (known.length < mostValues) known.push(value)
  }

  /** The entries that a block may have, by its place. */
  readonly blocks: {
    readonly kind: BlockKind
    readonly span: Span
    readonly settings: readonly string[]
    readonly others: readonly string[]
  }[]

  /** All uses, each with its declarations. */
  all(): ReadonlyMap<Span, ReadonlySet<Span>> {
    return this.declarations
  }
}
