/** Single settings of stages: budgets, intervals, metrics. */
import type { Span } from '../diagnostics/diagnostic.ts'
import { hintFor } from '../diagnostics/foreign-names.ts'
import { settingOutOfRange, wrongSettingValue } from '../diagnostics/messages/settings.ts'
import { unknownMetric } from '../diagnostics/messages/training.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { describe as describeValue } from './describe.ts'
import { callOf, count, describe } from './entries.ts'
import { isMetric, type MetricName, metricNames } from './metric-names.ts'
import type { Kept, Stage } from './program.ts'
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

/** `evaluate = [accuracy, f1]`, one metric, or a setting that holds a list of names. */
export function metricList(
  checker: Checker,
  expression: Expression | undefined,
  scope: Scope,
  places: MetricPlaces,
): MetricName[] {
  if (expression === undefined) return []
  if (expression.kind === 'list')
    return expression.items.flatMap((item) => metricName(checker, item, scope, places) ?? [])
  const value = isSetting(expression, scope) ? checker.evaluate(expression, scope) : undefined
  if (value?.kind !== 'list') {
    const metric = metricName(checker, expression, scope, places)
    return metric === undefined ? [] : [metric]
  }
  const { span } = expression
  return value.items.flatMap((item) => {
    const name = item.kind === 'string' ? item.value : describeValue(item)
    return knownMetric(checker, name, span, places) ?? []
  })
}

/** `keep = best(accuracy)`, `keep = last(3)`, or `[best(accuracy), last(3)]`; undefined after reporting. */
export function keptOf(
  checker: Checker,
  expression: Expression,
  scope: Scope,
  places: MetricPlaces,
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
      const best = metricName(checker, argument.value, scope, places)
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

/** A metric, or a setting that holds the name of one: `setting metric = "f1"`, `keep = best(metric)`. */
function metricName(
  checker: Checker,
  expression: Expression,
  scope: Scope,
  places: MetricPlaces,
): MetricName | undefined {
  const written = expression.kind === 'name' ? expression.name : describe(expression)
  if (expression.kind === 'name' && scope.file.broken.has(expression.name)) return undefined
  const value =
    !isMetric(written) && isSetting(expression, scope) ? checker.evaluate(expression, scope) : undefined
  const name = value?.kind === 'string' ? value.value : written
  return knownMetric(checker, name, expression.span, places)
}

/** The first place of each metric. */
export type MetricPlaces = Map<MetricName, Span>

function knownMetric(
  checker: Checker,
  name: string,
  span: Span,
  places: MetricPlaces,
): MetricName | undefined {
  if (isMetric(name)) {
    if (!places.has(name)) places.set(name, span)
    return name
  }
  const hint = hintFor(name, metricNames, 'metric')
  checker.report(unknownMetric({ span, name, hint, known: metricNames }))
}

function isSetting(expression: Expression, scope: Scope): boolean {
  return expression.kind === 'name' && scope.file.names.has(expression.name)
}
