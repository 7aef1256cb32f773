/** The metrics of a stage, of `evaluate` and `keep = best(...)`, each with its place and its data block. */
import type { Span } from '../diagnostics/diagnostic.ts'
import { hintFor } from '../diagnostics/foreign-names.ts'
import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import { unknownMetric } from '../diagnostics/messages/training.ts'
import type { Expression, Name } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { describe as describeValue } from './describe.ts'
import { describe } from './entries.ts'
import { isMetric, type MetricName, metricNames, type WantedMetric } from './metric-names.ts'
import type { DataSpec } from './program.ts'
import type { Scope } from './values.ts'

export interface PlacedMetric {
  readonly metric: MetricName
  readonly span: Span
  /** The data block after `on`, and its place there. */
  readonly on?: { readonly data: DataSpec; readonly span: Span }
}

export class StageMetrics {
  /** All that were read without an error. */
  readonly placed: PlacedMetric[] = []
  private readonly checker: Checker
  private readonly scope: Scope

  constructor(checker: Checker, scope: Scope) {
    this.checker = checker
    this.scope = scope
  }

  /** `[accuracy, f1 on d]`, `[accuracy, f1] on d`, one metric, or a setting that holds a list of names. */
  list(expression: Expression | undefined, on?: PlacedMetric['on']): WantedMetric[] {
    if (expression === undefined) return []
    if (expression.kind === 'list') return expression.items.flatMap((item) => this.one(item, on) ?? [])
    const behind = this.behindOn(expression)
    if (behind) return behind.on ? this.list(behind.value, behind.on) : []
    const value = this.isSetting(expression) ? this.checker.evaluate(expression, this.scope) : undefined
    if (value?.kind !== 'list') return [this.one(expression, on) ?? []].flat()
    return value.items.flatMap(
      (item) =>
        this.known(item.kind === 'string' ? item.value : describeValue(item), expression.span, on) ?? [],
    )
  }

  /** A metric, or a setting with the name of one: `keep = best(metric)`. Undefined after reporting. */
  one(expression: Expression, on?: PlacedMetric['on']): WantedMetric | undefined {
    const { checker, scope } = this
    const behind = this.behindOn(expression)
    if (behind) return behind.on && this.one(behind.value, behind.on)
    const written = expression.kind === 'name' ? expression.name : describe(expression)
    if (expression.kind === 'name' && checker.named(expression.name, scope.file) === 'broken')
      return undefined
    const value =
      !isMetric(written) && this.isSetting(expression) ? checker.evaluate(expression, scope) : undefined
    return this.known(value?.kind === 'string' ? value.value : written, expression.span, on)
  }

  /** The parts of `accuracy on glosses`; `on` is undefined if it names no data block. */
  private behindOn(
    expression: Expression,
  ): { readonly value: Expression; readonly on?: PlacedMetric['on'] } | undefined {
    if (expression.kind !== 'suffix' || !expression.on) return undefined
    const data = this.dataBlock(expression.on.data)
    const { per, where, within } = expression
    const other = per ?? where ?? within
    if (other)
      this.checker.report(
        wrongSettingValue({
          span: other.span,
          name: 'evaluate',
          expected: 'a metric, and behind it `on` with a data block',
          found: `\`${this.checker.text(other.span).trim()}\``,
        }),
      )
    const { value } = expression
    return data && !other ? { value, on: { data, span: expression.on.data.span } } : { value }
  }

  private dataBlock({ text, span }: Name): DataSpec | undefined {
    const found = this.checker.resolveName(text, span, this.scope)
    if (found.kind === 'data') return found.spec
    if (found.kind !== 'poison') {
      const expected = 'the name of a data block behind `on`'
      this.checker.report(
        wrongSettingValue({ span, name: 'evaluate', expected, found: describeValue(found) }),
      )
    }
    return undefined
  }

  private known(name: string, span: Span, on: PlacedMetric['on']): WantedMetric | undefined {
    if (isMetric(name)) {
      this.placed.push({ metric: name, span, ...(on ? { on } : {}) })
      return { metric: name, ...(on ? { on: on.data.name } : {}) }
    }
    const hint = hintFor(name, metricNames, 'metric')
    this.checker.report(unknownMetric({ span, name, hint, known: metricNames }))
    return undefined
  }

  private isSetting(expression: Expression): boolean {
    return (
      expression.kind === 'name' && typeof this.checker.named(expression.name, this.scope.file) === 'object'
    )
  }
}
