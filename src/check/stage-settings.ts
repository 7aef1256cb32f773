/** Single settings of stages: budgets, intervals, metrics. */
import { E0142 } from '../diagnostics/messages/E0142.ts'
import { E0143 } from '../diagnostics/messages/E0143.ts'
import { E0716 } from '../diagnostics/messages/E0716.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { Expression } from '../syntax/ast.ts'
import type { Checker } from './checker.ts'
import { callOf, count, describe } from './entries.ts'
import { type MetricName, metricNames } from './metric-names.ts'
import type { Stage } from './program.ts'
import type { Scope } from './scope.ts'

/** `3 epochs`, `125_000 steps`, or a setting that holds such a quantity. */
export function budgetOf(checker: Checker, expression: Expression, scope: Scope): Stage['budget'] {
  const value = checker.evaluate(expression, scope)
  if (value.kind === 'poison') return undefined
  if (value.kind !== 'quantity') {
    const help = 'budget = 3 epochs, or 10_000 steps'
    const found = describe(expression)
    checker.report(E0142({ span: expression.span, name: 'budget', expected: 'epochs or steps', found, help }))
    return undefined
  }
  if (value.value > 0 && (value.unit === 'epochs' || Number.isInteger(value.value))) {
    return { amount: value.value, unit: value.unit }
  }
  const shown = `${value.value} ${value.unit}`
  checker.report(E0143({ span: expression.span, name: 'budget', value: shown, limits: 'more than 0' }))
  return undefined
}

/** `every = 500 steps`, or `every = 500`. */
export function stepsOf(checker: Checker, expression: Expression, scope: Scope): number | undefined {
  const value = checker.evaluate(expression, scope)
  if (value.kind !== 'quantity') return count(checker, 'every', expression, scope)
  if (value.unit === 'steps' && value.value > 0) return value.value
  const found = `${value.value} ${value.unit}`
  checker.report(E0142({ span: expression.span, name: 'every', expected: 'steps', found }))
  return undefined
}

/** `evaluate = [accuracy, f1]`, or one metric. */
export function metricList(checker: Checker, expression: Expression | undefined): MetricName[] {
  if (expression === undefined) return []
  const items = expression.kind === 'list' ? expression.items : [expression]
  return items.flatMap((item) => metricName(checker, item) ?? [])
}

/** `keep = best(accuracy)` */
export function metricOf(checker: Checker, expression: Expression): MetricName | undefined {
  const form = callOf(expression, ['best'])
  const argument = form?.call.arguments[0]
  if (argument && form.call.arguments.length === 1) return metricName(checker, argument.value)
  const found = describe(expression)
  const help = 'keep = best(accuracy)'
  checker.report(E0142({ span: expression.span, name: 'keep', expected: 'best(METRIC)', found, help }))
  return undefined
}

function metricName(checker: Checker, expression: Expression): MetricName | undefined {
  const name = expression.kind === 'name' ? expression.name : describe(expression)
  const metric = metricNames.find((candidate) => candidate === name)
  if (metric === undefined) {
    const suggestion = suggest(name, metricNames)
    checker.report(E0716({ span: expression.span, name, suggestion, known: metricNames }))
  }
  return metric
}
