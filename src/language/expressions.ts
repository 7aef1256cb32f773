/** The expressions of a file with their values, by where the name of each is written. */
import type { Uses } from '../check/uses.ts'
import type { Value } from '../check/values.ts'
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Expression } from '../syntax/expressions.ts'

export interface Valued<E extends Expression = Expression> {
  readonly expression: E
  /** The first ones: a sum over layers has one for each. */
  readonly values: readonly Value[]
}

/** An expression that is no part of a longer path or the function of a call. */
interface Whole extends Valued {
  readonly isWhole: boolean
}

export class Expressions {
  private readonly byFile = new Map<string, Whole[]>()
  /** The expression around one: `S.hidden[m]` around `S.hidden`, `mse(a, b)` around `mse`. */
  private readonly around = new Map<Expression, Valued>()
  private readonly byName = new Map<string, Valued>()

  constructor({ values }: Pick<Uses, 'values'>) {
    for (const [expression, own] of values) {
      const inner = innerOf(expression)
      if (inner) this.around.set(inner, { expression, values: own })
      const name = nameOf(expression)
      if (name) this.byName.set(keyOf(name), { expression, values: own })
    }
    for (const [expression, own] of values) {
      const { file } = expression.span
      const known = this.byFile.get(file) ?? []
      this.byFile.set(file, known)
      known.push({ expression, values: own, isWhole: !this.around.has(expression) })
    }
  }

  /** Paths and calls that are no part of a longer one. */
  wholes(file: string): readonly Valued[] {
    return (this.byFile.get(file) ?? []).filter(({ isWhole }) => isWhole)
  }

  /** The expression that a name at a place ends, then those around it: `hidden`, `S.hidden[m]`. */
  at(name: Span): readonly Valued[] {
    const found: Valued[] = []
    for (let next = this.byName.get(keyOf(name)); next; next = this.around.get(next.expression)) {
      // In `S.hidden`, the name S ends with itself.
      if (found.length > 0 && next.expression.kind === 'member') break
      found.push(next)
    }
    return found
  }
}

function innerOf(expression: Expression): Expression | undefined {
  if (expression.kind === 'member' || expression.kind === 'index') return expression.base
  return expression.kind === 'call' ? expression.callee : undefined
}

function nameOf(expression: Expression): Span | undefined {
  if (expression.kind === 'name') return expression.span
  return expression.kind === 'member' ? expression.name.span : undefined
}

function keyOf({ file, start }: Span): string {
  return `${file}:${start}`
}
