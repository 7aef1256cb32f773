/**
 * Calls: built-in functions, `def` and `loss`, lambdas, layer maps, projections, and heads as reusable blocks
 * of a model.
 */

import { layerNotMapped, wrongProjectionIndex, wrongProjectionInput } from '../diagnostics/messages/maps.ts'
import { unnamedBlock } from '../diagnostics/messages/models.ts'
import { notCallable, recursiveDefinition } from '../diagnostics/messages/names.ts'
import { missingAxis } from '../diagnostics/messages/shapes.ts'
import type { CallExpression } from '../syntax/expressions.ts'
import { bindArguments } from './arguments.ts'
import { builtins } from './builtins/index.ts'
import type { Checker } from './checker.ts'
import { describe } from './describe.ts'
import { absentError, integerOf, termOf } from './extract.ts'
import { headArguments, headBlock } from './heads.ts'
import { finishLoss } from './loss.ts'
import { noSuffixes, withLocal } from './scope.ts'
import { bindDeclared } from './signature.ts'
import type { Term } from './tensor-term.ts'
import { isScheduled } from './term-reads.ts'
import { axisOf, shapeText } from './terms.ts'
import {
  type BlockInstance,
  type FunctionValue,
  type HeadValue,
  type Local,
  type MapValue,
  POISON,
  type ProjectionValue,
  type Scope,
  type Value,
} from './values.ts'

export function callValue(checker: Checker, e: CallExpression, scope: Scope): Value {
  const callee = checker.evaluate(e.callee, scope)
  switch (callee.kind) {
    case 'poison':
      return POISON
    case 'absent':
      return checker.fail(absentError(callee, e.callee.span), scope)
    case 'builtin':
      return builtins.get(callee.name)?.call(checker, e, scope) ?? POISON
    case 'function':
      return callFunction(checker, callee, e, scope)
    case 'lambda': {
      const argument = single(checker, e, scope, callee.variable.text)
      if (!argument || argument.kind === 'poison') return POISON
      // Parameters made by the lambda belong to the binding that calls it. Example: the setting `normalised =
      // x -> layer_norm(x, 1e-12)`.
      const { owner: _, ...made } = callee.scope
      const closure = { ...made, file: checker.scope(made.file).file }
      const around: Scope = scope.owner ? { ...closure, owner: scope.owner } : closure
      const inner = withLocal(around, callee.variable.text, argument, callee.variable.span)
      const name = checker.text(callee.body.span)
      return checker.define(callee.body, name, e.span, scope, () => checker.evaluate(callee.body, inner))
    }
    case 'map':
      return callMap(checker, callee, e, scope)
    case 'projection':
      return callProjection(checker, callee, e, scope)
    case 'head':
      return callHead(checker, callee, e, scope)
    default:
      return checker.fail(notCallable({ span: e.callee.span, found: describe(callee), how: 'called' }), scope)
  }
}

function callFunction(
  checker: Checker,
  { declaration, file }: FunctionValue,
  e: CallExpression,
  scope: Scope,
): Value {
  const { name, parameters = [], kind, body } = declaration
  const bound = bindDeclared(checker, declaration, e, scope)
  if (!bound) return POISON
  const frame = { kind: 'call' as const, span: e.span, ...(scope.frame ? { parent: scope.frame } : {}) }
  const around = checker.scope(file, frame)
  const locals = new Map<string, Local>()
  let poisoned = false
  for (const { name: parameter, defaultValue } of parameters) {
    const expression = bound.get(parameter.text)
    const given = expression ?? defaultValue
    if (!given) continue
    const from = expression ? scope : { ...around, locals }
    const value = checker.evaluate(given, from)
    if (value.kind === 'poison') poisoned = true
    if (value.kind === 'term' && isScheduled(value.term))
      checker.terms.nameArgument(value.term, parameter.text)
    locals.set(parameter.text, {
      value: () => value,
      expression: given,
      scope: from,
      declared: parameter.span,
    })
  }
  if (poisoned) return POISON
  // A suffix at the call does not apply inside a loss. A function has no owner, so it makes no parameters.
  const inner: Scope = { ...around, locals, suffixes: kind === 'def' ? scope.suffixes : noSuffixes }
  const value = checker.define(declaration, name.text, e.span, scope, () => checker.evaluate(body, inner))
  if (kind === 'def') return value
  const shown = e.arguments.map((argument) => checker.text(argument.value.span)).join(', ')
  return finishLoss(checker, value, `${name.text}(${shown})`, declaration, scope)
}

/** The one argument of a lambda, map or projection. */
function single(checker: Checker, e: CallExpression, scope: Scope, name: string): Value | undefined {
  const slot = { name, required: true }
  const bound = bindArguments(
    checker,
    e,
    scope,
    checker.text(e.callee.span),
    [slot],
    `${checker.text(e.callee.span)}(${name})`,
  )
  const expression = bound?.get(name)
  return expression && checker.evaluate(expression, scope)
}

function callMap(checker: Checker, { map }: MapValue, e: CallExpression, scope: Scope): Value {
  const argument = single(checker, e, scope, 'layer')
  if (!argument) return POISON
  const span = e.arguments[0]?.value.span ?? e.span
  const layer = integerOf(checker, argument, span, scope, 'a layer')
  if (layer === undefined || map.layers.length === 0) return POISON
  const target = map.layers[layer]
  if (target !== undefined) return { kind: 'number', value: target, origin: map.span }
  return checker.fail(layerNotMapped({ span, map: map.name, layer, layers: map.layers.length - 1 }), scope)
}

function callProjection(
  checker: Checker,
  { projection, index }: ProjectionValue,
  e: CallExpression,
  scope: Scope,
): Value {
  const { name, from, to, activation } = projection
  if (projection.indices && index === undefined) {
    const problem = `\`${name}\` has one matrix for each index: write ${name}[m](...)`
    return checker.fail(wrongProjectionIndex({ span: e.callee.span, problem }), scope)
  }
  const argument = single(checker, e, scope, 'x')
  if (!argument) return POISON
  const span = e.arguments[0]?.value.span ?? e.span
  const x = termOf(checker, argument, span, scope, `for ${name}`)
  if (!x) return POISON
  const unit = axisOf(x, 'unit')
  if (!unit)
    return checker.fail(missingAxis({ span, operation: name, axis: 'unit', shape: shapeText(x) }), scope)
  if (unit.size !== from) {
    const origin = unit.origin ? [{ span: unit.origin, text: `${unit.size} comes from here` }] : []
    return checker.fail(
      wrongProjectionInput({ span, projection: name, wanted: from, shape: shapeText(x), secondary: origin }),
      scope,
    )
  }
  const prefix = index === undefined ? '' : `[${index}].`
  const parameter = (leaf: string, shape: readonly number[]): Term =>
    checker.terms.make(
      { op: 'parameter', parameter: { owner: name, path: `${prefix}${leaf}` }, shape },
      [],
      [],
      projection.span,
    )
  const axes = x.axes.map((axis) =>
    axis === unit ? { axis: axis.axis, size: to, origin: projection.span } : axis,
  )
  const inputs = [x, parameter('weight', [to, from]), parameter('bias', [to])]
  const linear = checker.terms.make({ op: 'linear', out: 'unit' }, inputs, axes, e.span)
  if (activation === 'linear') return { kind: 'term', term: linear }
  return { kind: 'term', term: checker.terms.unary(activation, linear, e.span) }
}

/**
 * A head called inside a model is a reusable block: `ffn = feed_forward(x, 4 * hidden_size)` makes the block
 * `ffn`. It has the parameters `ffn.up.weight` ... and the members `ffn.output` ... . Its arguments are
 * evaluated in the scope of the call, its other names in the block around it. The call must be the only
 * expression of a binding, whose name becomes the block's.
 */
function callHead(checker: Checker, head: HeadValue, e: CallExpression, scope: Scope): Value {
  const { block, owner } = scope
  if (!block || owner?.expression !== e) {
    return checker.fail(unnamedBlock({ span: e.span, name: head.declaration.name.text }), scope)
  }
  const chain = headsAround(block, head)
  if (chain) {
    const { text: name } = head.declaration.name
    return checker.fail(recursiveDefinition({ span: e.span, name, chain: [...chain, name] }), scope)
  }
  const variables = headArguments(checker, head, e, scope)
  if (!variables) return POISON
  // Each call makes a new block, which costs several times as much as the call of a function.
  if (!checker.fuel.enter(5 * head.declaration.body.items.length)) return checker.outOfFuel(e.span, scope)
  const made = headBlock(checker, head, owner.path, block, variables, e.span, scope.frame)
  checker.fuel.leave()
  return { kind: 'block', block: made }
}

/**
 * The heads from this one inwards, if a block around the call is already one of its blocks. Such blocks would
 * nest without end.
 */
function headsAround(block: BlockInstance, { declaration }: HeadValue): string[] | undefined {
  const names: string[] = []
  for (let at: BlockInstance | undefined = block; at; at = at.parent) {
    if (!at.head) continue
    names.unshift(at.head.name.text)
    if (at.head === declaration) return names
  }
  return undefined
}
