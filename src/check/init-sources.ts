/**
 * The sources of `init` lines: a path of another model, `svd(PATH)`, `mean(...)`, random numbers, constants,
 * a checkpoint. The part of a parameter's path beyond the line's own path (`rest`) is looked up under the
 * source.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import {
  initialisedFromItself,
  meanWithoutRange,
  missingSource,
  notASource,
  sourceOfAnotherShape,
} from '../diagnostics/messages/parameters.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { CallExpression, Expression, IndexExpression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { callOf, describe } from './entries.ts'
import { explainFailure, type PathMatch, type PathStep, pathSteps, pathText } from './paths.ts'
import type { InitialValue } from './program.ts'
import { withLocal } from './scope.ts'
import type { ParameterReference } from './tensor-term.ts'
import type { Instance, OwnedParameter, Scope } from './values.ts'

interface SourceLine {
  readonly source: Expression
  readonly scope: Scope
  readonly span: Span
}

/** A block or binding of a model, under which parameters are looked up. */
interface SourcePlace {
  readonly instance: Instance
  readonly path: readonly string[]
  readonly span: Span
}

/** The parameter that is initialised, and the part of its path that the line does not match. */
interface Target {
  readonly checker: Checker
  readonly instance: Instance
  readonly parameter: OwnedParameter
  readonly rest: readonly PathStep[]
  readonly scope: Scope
  readonly line: SourceLine
}

const makers = ['normal', 'truncated_normal', 'ones', 'zeros', 'svd', 'mean'] as const

/** The initial value of a parameter by the line that wins; undefined after reporting. */
export function readSource(
  checker: Checker,
  instance: Instance,
  parameter: OwnedParameter,
  line: SourceLine,
  match: PathMatch,
): InitialValue | undefined {
  let scope = line.scope
  for (const [name, value] of match.bindings) scope = withLocal(scope, name, { kind: 'number', value })
  const target: Target = { checker, instance, parameter, rest: match.rest, scope, line }
  const { source } = line
  if (source.kind === 'string') {
    const written = checker.interpolate(source, scope)
    if (written === undefined) return undefined
    return { kind: 'checkpoint', path: checker.resolvePath(written, scope.file), span: source.span }
  }
  const made = callOf(source, makers)
  if (made) return fromCall(target, made.name, made.call)
  const from = place(target, source)
  return from && fromPlace(target, from)
}

function fromCall(
  target: Target,
  name: (typeof makers)[number],
  call: CallExpression,
): InitialValue | undefined {
  const { checker, scope } = target
  const [argument, ...more] = call.arguments.map(({ value }) => value)
  switch (name) {
    case 'ones':
    case 'zeros':
      return argument === undefined ? { kind: name } : notSource(target, call)
    case 'normal':
    case 'truncated_normal': {
      if (argument === undefined || more.length > 0) return notSource(target, call)
      const deviation = checker.number(argument, scope, 'deviation')
      return deviation === undefined ? undefined : { kind: name, deviation }
    }
    case 'svd': {
      if (argument === undefined || more.length > 0) return notSource(target, call)
      const from = place(target, argument)
      return from && svdOf(target, from)
    }
    case 'mean':
      return meanOf(
        target,
        call.arguments.map(({ value }) => value),
        call,
      )
  }
}

function notSource({ checker }: Target, expression: Expression): undefined {
  const name =
    expression.kind === 'call' && expression.callee.kind === 'name' ? expression.callee.name : undefined
  const suggestion = name === undefined ? undefined : suggest(name, makers)
  checker.report(notASource({ span: expression.span, found: describe(expression), suggestion }))
}

/**
 * Follows `T.layer[h(m)].ffn.up`. The last name is a block, a head or a binding; everything before it is a
 * value.
 */
function place(target: Target, expression: Expression): SourcePlace | undefined {
  const { checker, scope } = target
  const { span } = expression
  if (expression.kind === 'member') {
    const base = place(target, expression.base)
    if (base === undefined) return undefined
    return { instance: base.instance, path: [...base.path, expression.name.text], span }
  }
  if (expression.kind === 'index') {
    const base = place(target, expression.base)
    const index = base && checker.integer(expression.index, scope, 'layer')
    if (base === undefined || index === undefined) return undefined
    const last = base.path.at(-1) ?? ''
    return { instance: base.instance, path: [...base.path.slice(0, -1), `${last}[${index}]`], span }
  }
  if (expression.kind === 'name') {
    const value = checker.resolveName(expression.name, span, scope)
    if (value.kind === 'instance') {
      if (value.instance !== target.instance) return { instance: value.instance, path: [], span }
      checker.report(initialisedFromItself({ span, instance: target.instance.name }))
      return undefined
    }
    if (value.kind === 'poison') return undefined
  }
  notSource(target, expression)
  return undefined
}

function fromPlace(target: Target, from: SourcePlace): InitialValue | undefined {
  const { rest, parameter } = target
  if (isFactor(rest) && asSvd(target.instance, parameter.path)) {
    // `factorize PATH to rank(r) from svd`: a whole matrix on the other side is decomposed
    from.instance.force()
    const own = pathText([...pathSteps(from.path.join('.')), ...rest])
    if (!from.instance.parameters.has(own)) return svdOf(target, from)
  }
  const reference = lookUp(target, from, rest, parameter)
  return reference && { kind: 'copy', from: reference }
}

function isFactor(rest: readonly PathStep[]): boolean {
  const leaf = rest.at(-1)?.name
  return leaf === 'left' || leaf === 'right'
}

/** Whether the `factorize` line of this parameter ends with `from svd`. */
function asSvd(instance: Instance, path: string): boolean {
  const weight = pathSteps(path.replace(/\.(left|right)$/, '.weight'))
  return instance.factorizations.fromSvd(weight)
}

function svdOf(target: Target, from: SourcePlace): InitialValue | undefined {
  const { rest, parameter, checker } = target
  const leaf = rest.at(-1)?.name
  if (leaf !== 'left' && leaf !== 'right') {
    const reference = lookUp(target, from, rest, parameter)
    return reference && { kind: 'copy', from: reference }
  }
  const of = lookUp(target, from, [...rest.slice(0, -1), { name: 'weight' }])
  if (of === undefined) return undefined
  const { instance, parameter: source } = parameterAt(checker, of)
  const other = leaf === 'left' ? 'right' : 'left'
  const sibling = target.instance.parameters.get(parameter.path.replace(/\.(left|right)$/, `.${other}`))
  const left = leaf === 'left' ? parameter : sibling
  const right = leaf === 'left' ? sibling : parameter
  const [rows, rank] = left?.shape ?? []
  const columns = right?.shape[1]
  if (source === undefined || rank === undefined) return undefined
  if (source.shape[0] !== rows || source.shape[1] !== columns) {
    const shape = columns === undefined || rows === undefined ? parameter.shape : [rows, columns]
    otherShape(target, shape, instance ?? from.instance, source)
    return undefined
  }
  return { kind: 'svd', of, side: leaf, rank }
}

function parameterAt(checker: Checker, { owner, path }: ParameterReference) {
  const instance = checker.instance(owner)
  return { instance, parameter: instance?.parameters.get(path) }
}

function meanOf(
  target: Target,
  sources: readonly Expression[],
  call: CallExpression,
): InitialValue | undefined {
  const { checker, scope, rest, parameter } = target
  const several = sources.flatMap((source) => {
    const ranged = rangeIndex(source)
    if (ranged === undefined) return [source]
    const indices = checker.indices(ranged.index, scope, 'layers')
    return (indices ?? []).map((index) => atIndex(source, ranged, index))
  })
  if (several.length < 2 && sources.every((source) => rangeIndex(source) === undefined)) {
    checker.report(meanWithoutRange({ span: call.span }))
    return undefined
  }
  const references: ParameterReference[] = []
  for (const source of several) {
    const from = place(target, source)
    const reference = from && lookUp(target, from, rest, parameter)
    if (reference === undefined) return undefined
    references.push(reference)
  }
  return references.length === 0 ? undefined : { kind: 'mean', from: references }
}

function rangeIndex(expression: Expression): IndexExpression | undefined {
  if (expression.kind === 'index') {
    if (expression.index.kind === 'range' || expression.index.kind === 'list') return expression
    return rangeIndex(expression.base)
  }
  return expression.kind === 'member' ? rangeIndex(expression.base) : undefined
}

/** The same path with one number in place of the range. */
function atIndex(expression: Expression, ranged: IndexExpression, index: number): Expression {
  if (expression === ranged) {
    const { span } = ranged.index
    return { ...ranged, index: { kind: 'number', value: index, text: String(index), span } }
  }
  if (expression.kind === 'index' || expression.kind === 'member') {
    return { ...expression, base: atIndex(expression.base, ranged, index) }
  }
  return expression
}

/** The parameter `from.rest`, and with `like`, of the same shape. Undefined after reporting. */
function lookUp(
  target: Target,
  from: SourcePlace,
  rest: readonly PathStep[],
  like?: OwnedParameter,
): ParameterReference | undefined {
  const { checker, parameter } = target
  const { instance } = from
  instance.force()
  const path = pathText([...pathSteps(from.path.join('.')), ...rest])
  const source = instance.parameters.get(path)
  if (source === undefined) {
    checker.report(
      missingSource({
        span: from.span,
        parameter: `${target.instance.name}.${parameter.path}`,
        missing: path,
        instance: instance.name,
        why: whyMissing(instance, path),
      }),
    )
    return undefined
  }
  if (like && !sameShape(like.shape, source.shape)) {
    otherShape(target, like.shape, instance, source)
    return undefined
  }
  return { owner: instance.name, path: instance.canonical(path) }
}

/** The step at which the path of a missing parameter fails: `T.layer has only 1..12`. */
function whyMissing(instance: Instance, path: string): string {
  const span = instance.span
  const steps = pathSteps(path).map(({ name, index }) =>
    typeof index === 'number'
      ? { name, index: { kind: 'equals', value: index } as const, span }
      : { name, span },
  )
  const known = [...instance.parameters.keys()].map((candidate) => pathSteps(candidate))
  const failure = explainFailure({ steps, span }, known)
  if (failure === undefined) return ''
  const place = (parent: string) => (parent === '' ? instance.name : `${instance.name}.${parent}`)
  const { name } = failure.step
  switch (failure.kind) {
    case 'name': {
      const near = suggest(name, failure.known)
      const has = `${place(failure.parent)} has ${failure.known.slice(0, 8).join(', ')}`
      return near === undefined ? has : `did you mean \`${near}\`? ${has}`
    }
    case 'index-missing':
      return `${name} is repeated: ${name}[${failure.from}] .. ${name}[${failure.to}]`
    case 'index-unwanted':
      return `${name} is not repeated`
    case 'index-outside':
      return `${instance.name} has only ${name}[${failure.from}] .. ${name}[${failure.to}]`
  }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, index) => size === b[index])
}

function otherShape(target: Target, shape: readonly number[], owner: Instance, source: OwnedParameter): void {
  const { checker, instance, parameter, line } = target
  // If both models derive from one model, its binding is the place of both shapes and explains nothing. Then
  // the two declarations are the places.
  const oneBinding = parameter.span.file === source.span.file && parameter.span.start === source.span.start
  checker.report(
    sourceOfAnotherShape({
      span: line.source.span,
      parameter: `${instance.name}.${parameter.path}`,
      shape: `[${shape.join(', ')}]`,
      source: `${owner.name}.${source.path}`,
      sourceShape: `[${source.shape.join(', ')}]`,
      parameterSpan: oneBinding ? instance.span : parameter.span,
      sourceSpan: oneBinding ? owner.span : source.span,
    }),
  )
}

/**
 * The text of a source. Aliases of a shared parameter have the same source if the texts are equal:
 * `T.layer[1].ffn.up.weight`, `normal(0.02)`.
 */
export function describeSource(value: InitialValue): string {
  switch (value.kind) {
    case 'normal':
    case 'truncated_normal':
      return `${value.kind}(${value.deviation})`
    case 'zeros':
    case 'ones':
      return `${value.kind}()`
    case 'copy':
      return referenceText(value.from)
    case 'mean':
      return `mean(${value.from.map(referenceText).join(', ')})`
    case 'svd':
      return `svd(${referenceText(value.of)})`
    case 'checkpoint':
      return `"${value.path}"`
  }
}

function referenceText({ owner, path }: ParameterReference): string {
  return `${owner}.${path}`
}
