/** The free names of an expression. Members after a dot and names that the expression binds are left out. */
import type { Expression, NameExpression } from '../syntax/expressions.ts'

export function* nameExpressions(
  e: Expression,
  bound: ReadonlySet<string> = new Set(),
): Generator<NameExpression> {
  switch (e.kind) {
    case 'name':
      if (!bound.has(e.name)) yield e
      return
    case 'number':
    case 'string':
    case 'size':
    case 'quantity':
      return
    case 'parenthesized':
    case 'negate':
      return yield* nameExpressions(e.value, bound)
    case 'suffix':
      if (e.on) yield { kind: 'name', name: e.on.data.text, span: e.on.data.span }
      return yield* nameExpressions(e.value, bound)
    case 'list':
      for (const item of e.items) yield* nameExpressions(item, bound)
      return
    case 'range':
      yield* nameExpressions(e.from, bound)
      return yield* nameExpressions(e.to, bound)
    case 'lambda':
      return yield* nameExpressions(e.body, new Set(bound).add(e.variable.text))
    case 'binary': {
      // A loop along the left operands, because a sum may have thousands of terms.
      const rights = [e.right]
      let first = e.left
      for (; first.kind === 'binary'; first = first.left) rights.push(first.right)
      yield* nameExpressions(first, bound)
      for (const right of rights.reverse()) yield* nameExpressions(right, bound)
      return
    }
    case 'if':
      yield* nameExpressions(e.condition, bound)
      yield* nameExpressions(e.then, bound)
      return yield* nameExpressions(e.else, bound)
    case 'call':
      yield* nameExpressions(e.callee, bound)
      for (const argument of e.arguments) yield* nameExpressions(argument.value, bound)
      return
    case 'index':
      yield* nameExpressions(e.base, bound)
      return yield* nameExpressions(e.index, bound)
    case 'member':
      return yield* nameExpressions(e.base, bound)
    case 'binder':
      yield* nameExpressions(e.over, bound)
      return yield* nameExpressions(e.body, new Set(bound).add(e.variable.text))
  }
}

export function namesIn(e: Expression): Set<string> {
  return new Set(Array.from(nameExpressions(e), ({ name }) => name))
}
