/**
 * Where the names of a spec are used, and where they are declared, as the checker resolves them. Names are
 * bound late: one use may have several declarations, such as a size that two models replace.
 */
import type { Span } from '../diagnostics/diagnostic.ts'

export class Uses {
  /** @param base the uses in what was evaluated before */
  constructor(base?: Uses) {
    this.blocks = [...(base?.blocks ?? [])]
    for (const [use, declarations] of base?.declarations ?? [])
      this.declarations.set(use, new Set(declarations))
  }

  /** By the spans of the syntax tree, of which each place has one. */
  private readonly declarations = new Map<Span, Set<Span>>()

  add(use: Span, declaration: Span): void {
    const known = this.declarations.get(use)
    if (known === undefined) this.declarations.set(use, new Set([declaration]))
    else known.add(declaration)
  }

  /** The entries that a block may have, by its place. */
  readonly blocks: {
    readonly span: Span
    readonly settings: readonly string[]
    readonly others: readonly string[]
  }[]

  /** All uses, each with its declarations. */
  all(): ReadonlyMap<Span, ReadonlySet<Span>> {
    return this.declarations
  }
}
