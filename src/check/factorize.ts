/**
 * `factorize layer[*].ffn.* to rank(128)`: a matrix becomes left [rows, rank] times right [rank, columns].
 */
import { nothingFactorized } from '../diagnostics/messages/parameters.ts'
import type { FactorizeItem } from '../syntax/ast.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { indicesOf } from './extract.ts'
import type { Placed } from './model-definition.ts'
import { PathIndex, PatternIndex } from './path-index.ts'
import { explainFailure, matchPath, type PathStep, type Pattern, pathSteps, resolvePattern } from './paths.ts'
import type { Factorization, InstanceBuilder, Scope } from './values.ts'

/** A `factorize` line with its path pattern. */
interface Line {
  readonly pattern: Pattern
  readonly item: FactorizeItem
  readonly scope: Scope
}

/** The `factorize` lines of a model. Their indices are evaluated once, when the first matrix is made. */
export class Factorizations {
  private readonly checker: Checker
  private readonly instance: InstanceBuilder
  private known: { readonly lines: readonly Line[]; readonly index: PatternIndex<Line> } | undefined

  constructor(checker: Checker, instance: InstanceBuilder) {
    this.checker = checker
    this.instance = instance
  }

  /** The line that factorizes the matrix of a binding. The last matching line wins. */
  of(path: readonly string[]): Factorization | undefined {
    if (this.instance.model.body.factorizations.length === 0) return undefined
    const steps = pathSteps([...path, 'weight'].join('.'))
    const candidates = this.resolved().index.candidates(steps)
    const line = candidates.findLast(({ pattern }) => matchPath(pattern, steps))
    return line && { rank: rankOf(line.item), scope: line.scope }
  }

  /** Whether the line that factorizes this matrix ends with `from svd`. */
  fromSvd(weight: readonly PathStep[]): boolean {
    const lines = this.resolved().index.candidates(weight)
    return lines.some(
      ({ item: { from }, pattern }) =>
        from?.kind === 'name' && from.name === 'svd' && matchPath(pattern, weight) !== undefined,
    )
  }

  /** Reports lines that factorize nothing. */
  check(): void {
    const { matrixOwners } = this.instance
    const { lines } = this.resolved()
    if (lines.length === 0) return
    const owners = new PathIndex([...matrixOwners].map((path) => ({ steps: pathSteps(`${path}.weight`) })))
    for (const { pattern, item, scope } of lines) {
      if (owners.candidates(pattern).some(({ steps }) => matchPath(pattern, steps))) continue
      const failure = explainFailure(
        pattern,
        owners.items.map(({ steps }) => steps),
      )
      const known = failure?.kind === 'name' ? failure.known : []
      const help = known.length > 0 ? `here: ${known.join(', ')}` : undefined
      this.checker.report(nothingFactorized({ span: item.path.span, help }), scope)
    }
  }

  private resolved() {
    if (this.known) return this.known
    const lines = this.instance.model.body.factorizations.flatMap(
      (placed) => resolve(this.checker, this.instance, placed) ?? [],
    )
    this.known = { lines, index: new PatternIndex(lines) }
    return this.known
  }
}

/** `rank(128)`; a bare number is taken as well. */
function rankOf({ to }: FactorizeItem): Expression {
  const argument =
    to.kind === 'call' && to.callee.kind === 'name' && to.callee.name === 'rank' ? to.arguments[0] : undefined
  return argument?.value ?? to
}

function resolve(
  checker: Checker,
  { root }: InstanceBuilder,
  { item, file }: Placed<FactorizeItem>,
): Line | undefined {
  const scope = root.scopeOf(file)
  const pattern = resolvePattern(item.path, (index) => {
    const indices = indicesOf(checker, checker.evaluate(index, scope), index.span, scope, 'an index')
    const [from, to] = [indices?.[0], indices?.at(-1)]
    if (from === undefined || to === undefined) return undefined
    return from === to ? from : { from, to }
  })
  return pattern && { pattern, item, scope }
}
