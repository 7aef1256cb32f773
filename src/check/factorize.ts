/** `factorize layer[*].ffn.* to rank(128)`: a matrix becomes left [rows, rank] times right [rank, columns]. */
import { nothingFactorized } from '../diagnostics/messages/parameters.ts'
import type { FactorizeItem } from '../syntax/ast.ts'
import type { Expression } from '../syntax/expressions.ts'
import { indicesOf } from './extract.ts'
import type { ModelInstance } from './instance.ts'
import { explainFailure, matchPath, pathSteps, resolvePattern } from './paths.ts'
import type { Scope } from './scope.ts'
import type { Placed } from './values.ts'

export interface Factorization {
  readonly rank: Expression
  readonly scope: Scope
}

/** The line that factorizes the matrix of a binding; the last that matches wins. */
export function factorizationOf(instance: ModelInstance, path: readonly string[]): Factorization | undefined {
  const steps = pathSteps([...path, 'weight'].join('.'))
  for (const placed of instance.model.body.factorizations.toReversed()) {
    const resolved = resolve(instance, placed)
    if (resolved && matchPath(resolved.pattern, steps))
      return { rank: rankOf(placed.item), scope: resolved.scope }
  }
  return undefined
}

/** Every line factorizes something. */
export function checkFactorizations(instance: ModelInstance): void {
  const { core, model, matrixOwners } = instance
  for (const placed of model.body.factorizations) {
    const resolved = resolve(instance, placed)
    if (!resolved) continue
    const owners = [...matrixOwners].map((path) => pathSteps(`${path}.weight`))
    if (owners.some((steps) => matchPath(resolved.pattern, steps))) continue
    const failure = explainFailure(resolved.pattern, owners)
    const known = failure?.kind === 'name' ? failure.known : []
    const help = known.length > 0 ? `here: ${known.join(', ')}` : undefined
    core.report(nothingFactorized({ span: placed.item.path.span, help }), resolved.scope)
  }
}

/** `rank(128)`; a bare number is taken as well. */
function rankOf({ to }: FactorizeItem): Expression {
  const argument =
    to.kind === 'call' && to.callee.kind === 'name' && to.callee.name === 'rank' ? to.arguments[0] : undefined
  return argument?.value ?? to
}

function resolve(instance: ModelInstance, { item, file }: Placed<FactorizeItem>) {
  const { core, root } = instance
  const scope = root.scopeOf(file)
  const pattern = resolvePattern(item.path, (index) => {
    const indices = indicesOf(core, core.evaluate(index, scope), index.span, scope, 'an index')
    const [from, to] = [indices?.[0], indices?.at(-1)]
    return from === undefined || to === undefined ? undefined : { from, to }
  })
  return pattern && { pattern, scope }
}
