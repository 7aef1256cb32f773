/** Single settings of stages: budgets, intervals, what is kept. */
import { settingOutOfRange, wrongSettingValue } from '../diagnostics/messages/settings.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { callOf, count, describe } from './entries.ts'
import type { Kept, Stage } from './program.ts'
import type { StageMetrics } from './stage-metrics.ts'
import type { Scope } from './values.ts'

/** `3 epochs`, `125_000 steps`, or a setting that holds such a quantity. */
export function budgetOf(checker: Checker, expression: Expression, scope: Scope): Stage['budget'] {
  const value = checker.evaluate(expression, scope)
  if (value.kind === 'poison') return undefined
  if (value.kind !== 'quantity') {
    const help = 'budget = 3 epochs, or 10_000 steps'
    const found = describe(expression)
    checker.report(
      wrongSettingValue({ span: expression.span, name: 'budget', expected: 'epochs or steps', found, help }),
    )
    return undefined
  }
  if (value.value > 0 && (value.unit === 'epochs' || Number.isInteger(value.value))) {
    return { amount: value.value, unit: value.unit }
  }
  const shown = `${value.value} ${value.unit}`
  checker.report(
    settingOutOfRange({ span: expression.span, name: 'budget', value: shown, limits: 'more than 0' }),
  )
  return undefined
}

/** `every = 500 steps`, or `every = 500`. */
export function stepsOf(checker: Checker, expression: Expression, scope: Scope): number | undefined {
  const value = checker.evaluate(expression, scope)
  if (value.kind !== 'quantity') return count(checker, 'every', expression, scope)
  if (value.unit === 'steps' && value.value > 0) return value.value
  const found = `${value.value} ${value.unit}`
  checker.report(wrongSettingValue({ span: expression.span, name: 'every', expected: 'steps', found }))
  return undefined
}

/** `keep = best(accuracy on d)`, `last(3)`, or `[best(accuracy), last(3)]`; undefined after reporting. */
export function keptOf(
  checker: Checker,
  expression: Expression,
  scope: Scope,
  metrics: StageMetrics,
): Kept | undefined {
  const items = expression.kind === 'list' ? expression.items : [expression]
  const wrong = (item: Expression, found: string): undefined => {
    const expected = 'best(METRIC) or last(N), or one of each'
    const help = 'keep = best(accuracy), last(3) or [best(accuracy), last(3)]'
    checker.report(wrongSettingValue({ span: item.span, name: 'keep', expected, found, help }))
  }
  let kept: Kept = {}
  if (items.length === 0) return wrong(expression, 'an empty list')
  for (const item of items) {
    const form = callOf(item, ['best', 'last'])
    const [argument, ...more] = form?.call.arguments ?? []
    if (!form || !argument || more.length > 0) return wrong(item, describe(item))
    if (kept[form.name] !== undefined) return wrong(item, `a second ${form.name}(...)`)
    if (form.name === 'best') {
      const best = metrics.one(argument.value)
      if (best === undefined) return undefined
      kept = { ...kept, best }
    } else {
      const last = count(checker, 'last', argument.value, scope)
      if (last === undefined) return undefined
      kept = { ...kept, last }
    }
  }
  return kept
}
