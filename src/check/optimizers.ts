/**
 * Optimizers of stages: `adamw(rate = linear(5e-4, warmup = 5%), weight_decay = 0.01) except [**.bias,
 * **.scale] { weight_decay = 0 }`. An exception replaces single settings for the parameters that it selects.
 * The last of several wins.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { hintFor } from '../diagnostics/foreign-names.ts'
import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import { notARate, unknownOptimizer, unknownOptimizerArgument } from '../diagnostics/messages/training.ts'
import type { Exception, SetEntry } from '../syntax/ast.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { callOf, describe, flag, limitedNumber, readArguments, readEntries, share } from './entries.ts'
import type { OptimizerSettings, OptimizerSpec, Schedule } from './program.ts'
import { withLocal } from './scope.ts'
import type { Trainables } from './trainables.ts'
import type { Scope } from './values.ts'

const kinds = ['adamw', 'adam', 'sgd', 'bert_adam', 'lamb'] as const
type Kind = (typeof kinds)[number]

/** Settings that `except` may replace, by optimizer. */
function settingNames(kind: Kind): readonly string[] {
  if (kind === 'sgd') return ['rate', 'momentum', 'weight_decay']
  const names = ['rate', 'betas', 'epsilon', 'weight_decay']
  return kind === 'lamb' ? [...names, 'trust', 'bias_correction'] : names
}

/** The default limit of the gradient norm: published BertAdam has 1 for each parameter. */
export function defaultClip(kind: Kind): number | undefined {
  return kind === 'bert_adam' ? 1 : undefined
}

/** The settings of an optimizer of which only the rate is given. */
export function defaultSettings(kind: Kind): OptimizerSettings {
  return {
    rate: { kind: 'constant', rate: 0 },
    betas: [0.9, 0.999],
    epsilon: kind === 'bert_adam' || kind === 'lamb' ? 1e-6 : 1e-8,
    weightDecay: 0,
    momentum: 0,
    ...(kind === 'lamb' ? { trust: true, biasCorrection: true } : {}),
  }
}

/**
 * The optimizer of a stage for the parameters `trained` (canonical keys; undefined where unknown). Undefined
 * after reporting. An exception that selects nothing is an error, unless its pattern is open (`**.scale`) or
 * its range is empty (`layer[1..m - 1]` in the first stage of a family).
 */
export function checkOptimizer(
  checker: Checker,
  entry: SetEntry,
  scope: Scope,
  stage: string,
  trained: readonly string[] | undefined,
  trainables: Trainables,
): OptimizerSpec | undefined {
  const { value } = entry
  if (value.kind !== 'call' || value.callee.kind !== 'name') {
    const help = 'optimizer = adamw(rate = linear(5e-4, warmup = 5%))'
    const found = describe(value)
    checker.report(
      wrongSettingValue({ span: value.span, name: 'optimizer', expected: 'an optimizer', found, help }),
    )
    return undefined
  }
  const name = value.callee.name
  const kind = kinds.find((candidate) => candidate === name)
  if (kind === undefined) {
    checker.report(
      unknownOptimizer({ span: value.callee.span, name, hint: hintFor(name, kinds, 'optimizer') }),
    )
    return undefined
  }
  const known = [...settingNames(kind), 'clip']
  const values = new Map<string, Expression>()
  let good = true
  value.arguments.forEach((argument, place) => {
    const given = argument.name?.text ?? (place === 0 ? 'rate' : undefined)
    const span = argument.name?.span ?? argument.value.span
    if (given === undefined || !known.includes(given)) {
      const unknown = given ?? describe(argument.value)
      const hint = given === undefined ? {} : hintFor(given, known, 'optimizer argument')
      checker.report(unknownOptimizerArgument({ span, optimizer: kind, name: unknown, hint, known }))
      // The required setting that is missing is the one that was misspelt.
      if (hint.similar !== undefined && !values.has(hint.similar)) values.set(hint.similar, argument.value)
      good = false
    } else values.set(given, argument.value)
  })
  if (!values.has('rate')) {
    if (good)
      checker.report(
        wrongSettingValue({
          span: value.span,
          name: kind,
          expected: 'a rate',
          found: 'none',
          help: `${kind}(rate = constant(1e-4))`,
        }),
      )
    return undefined
  }
  const settings = overlay(checker, defaultSettings(kind), values, scope)
  const clip = values.get('clip')
  const clipped =
    clip === undefined
      ? defaultClip(kind)
      : clip.kind === 'name' && clip.name === 'none'
        ? undefined
        : limitedNumber(checker, 'clip', clip, scope, (v) => v > 0, 'more than 0')
  const groups = exceptionGroups(checker, entry.exceptions, {
    scope,
    stage,
    kind,
    settings,
    trained,
    trainables,
  })
  return good
    ? { kind, settings, ...(clipped === undefined ? {} : { clip: clipped }), groups, span: value.span }
    : undefined
}

function overlay(
  checker: Checker,
  base: OptimizerSettings,
  values: ReadonlyMap<string, Expression>,
  scope: Scope,
): OptimizerSettings {
  const read = <Result>(name: string, how: (value: Expression) => Result | undefined): Result | undefined => {
    const value = values.get(name)
    return value && how(value)
  }
  const positive = (name: string) => (value: Expression) =>
    limitedNumber(checker, name, value, scope, (v) => v >= 0, 'zero or more')
  const onOrOff = (name: string) => (value: Expression) => flag(checker, name, value)
  const trust = read('trust', onOrOff('trust')) ?? base.trust
  const biasCorrection = read('bias_correction', onOrOff('bias_correction')) ?? base.biasCorrection
  return {
    rate: read('rate', (value) => schedule(checker, value, scope)) ?? base.rate,
    betas: read('betas', (value) => betas(checker, value, scope)) ?? base.betas,
    epsilon: read('epsilon', positive('epsilon')) ?? base.epsilon,
    weightDecay: read('weight_decay', positive('weight_decay')) ?? base.weightDecay,
    momentum: read('momentum', (value) => share(checker, 'momentum', value, scope)) ?? base.momentum,
    ...(trust === undefined ? {} : { trust }),
    ...(biasCorrection === undefined ? {} : { biasCorrection }),
  }
}

function betas(checker: Checker, value: Expression, scope: Scope): readonly [number, number] | undefined {
  if (value.kind === 'list') {
    const [first, second, ...more] = value.items
    if (first && second && more.length === 0) {
      const a = share(checker, 'betas', first, scope)
      const b = share(checker, 'betas', second, scope)
      return a === undefined || b === undefined ? undefined : [a, b]
    }
  }
  const found = describe(value)
  const help = 'betas = [0.9, 0.999]'
  checker.report(wrongSettingValue({ span: value.span, name: 'betas', expected: 'two numbers', found, help }))
  return undefined
}

/** `constant(r)`, `linear(r, warmup = 10%)`, a number, or an expression in progress, step and epoch. */
function schedule(checker: Checker, expression: Expression, scope: Scope): Schedule | undefined {
  const form = callOf(expression, ['constant', 'linear'])
  const rateOf = (value: Expression) =>
    limitedNumber(checker, 'rate', value, scope, (v) => v >= 0, 'zero or more')
  if (form) {
    const named = form.name === 'linear' ? ['warmup'] : []
    const values = readArguments(checker, form.call, form.name, {
      positional: ['rate'],
      named,
      place: 'schedule argument',
    })
    const rate = values.get('rate')
    if (rate === undefined) {
      checker.report(notARate({ span: expression.span, found: `${form.name}() without a number` }))
      return undefined
    }
    const number = rateOf(rate)
    const warmup = values.get('warmup')
    const part = warmup === undefined ? 0 : share(checker, 'warmup', warmup, scope)
    if (number === undefined || part === undefined) return undefined
    return form.name === 'linear'
      ? { kind: 'linear', rate: number, warmup: part }
      : { kind: 'constant', rate: number }
  }
  if (expression.kind === 'string' || expression.kind === 'list' || expression.kind === 'quantity') {
    checker.report(notARate({ span: expression.span, found: describe(expression) }))
    return undefined
  }
  const value = checker.scalar(expression, scope, 'rate')
  if (value === undefined) return undefined
  if (typeof value !== 'number') return { kind: 'expression', term: value }
  const checked = rateOf(expression)
  return checked === undefined ? undefined : { kind: 'constant', rate: checked }
}

interface ExceptionContext {
  readonly scope: Scope
  readonly stage: string
  readonly kind: Kind
  readonly settings: OptimizerSettings
  readonly trained: readonly string[] | undefined
  readonly trainables: Trainables
}
interface Overlay {
  readonly exception: Exception
  readonly bindings: ReadonlyMap<string, number>
  /** Parameters with equal keys of all their overlays have equal settings. */
  readonly group: string
  readonly text: string
  readonly span: Span
}

function exceptionGroups(
  checker: Checker,
  exceptions: readonly Exception[],
  context: ExceptionContext,
): OptimizerSpec['groups'] {
  const { scope, kind, trained, trainables } = context
  const keys = trained && new Set(trained)
  const known = settingNames(kind)
  const entries = new Map<Exception, ReadonlyMap<string, Expression>>()
  const overlays = new Map<string, Overlay[]>()
  for (const [index, exception] of exceptions.entries()) {
    const { settings } = readEntries(checker, exception.body, {
      kind: 'optimizer',
      place: 'optimizer argument',
      where: '`except`',
      settings: known,
    })
    entries.set(exception, new Map([...settings].map(([name, set]) => [name, set.value])))
    const chosen = new Map<string, Overlay>()
    for (const path of exception.paths) {
      for (const found of trainables.excepted(path, scope, context.stage, keys)) {
        const { key, bindings, text } = found
        chosen.set(key, { exception, bindings, group: groupKey(index, bindings), text, span: path.span })
      }
    }
    for (const [key, overlayed] of chosen) {
      const list = overlays.get(key)
      if (list) list.push(overlayed)
      else overlays.set(key, [overlayed])
    }
  }
  const groups = new Map<
    string,
    { parameters: Set<string>; overlays: readonly Overlay[]; texts: Set<string> }
  >()
  for (const key of trained ?? overlays.keys()) {
    const list = overlays.get(key)
    if (list === undefined) continue
    const name = list.map((overlay) => overlay.group).join(' ')
    const group = groups.get(name) ?? {
      parameters: new Set<string>(),
      overlays: list,
      texts: new Set<string>(),
    }
    group.parameters.add(key)
    for (const { text } of list) group.texts.add(text)
    groups.set(name, group)
  }
  return [...groups.values()].map(({ parameters, overlays: list, texts }) => {
    let { settings } = context
    for (const { exception, bindings } of list) {
      let inner = scope
      for (const [name, value] of bindings) inner = withLocal(inner, name, { kind: 'number', value })
      settings = overlay(checker, settings, entries.get(exception) ?? new Map(), inner)
    }
    return {
      parameters,
      settings,
      describe: [...texts].sort().join(', '),
      span: list[0]?.span ?? scopeSpan(exceptions),
    }
  })
}

function scopeSpan(exceptions: readonly Exception[]): Span {
  return exceptions[0]?.span ?? { file: '', start: 0, end: 0 }
}

function groupKey(index: number, bindings: ReadonlyMap<string, number>): string {
  if (bindings.size === 0) return String(index)
  return `${index}{${[...bindings].map(([name, value]) => `${name}=${value}`).join(',')}}`
}
