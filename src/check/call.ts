/** Calls: built-in functions, `def` and `loss`, lambdas, layer maps, projections, and heads as reusable blocks of a model. */

import { layerNotMapped, wrongProjectionIndex, wrongProjectionInput } from '../diagnostics/messages/maps.ts'
import { unnamedBlock } from '../diagnostics/messages/models.ts'
import { notCallable, recursiveDefinition } from '../diagnostics/messages/names.ts'
import { missingAxis } from '../diagnostics/messages/shapes.ts'
import type { CallExpression } from '../syntax/expressions.ts'
import { bindArguments } from './arguments.ts'
import { builtins } from './builtins/index.ts'
import type { Checker } from './checker.ts'
import { describe } from './describe.ts'
import { absentError, termOf, wholeOf } from './extract.ts'
import { headArguments, headBlock } from './heads.ts'
import { finishLoss } from './loss.ts'
import { fileScope, noSuffixes, withLocal } from './scope.ts'
import { signatureOf, slotsOf } from './signature.ts'
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

export function callValue(core: Checker, e: CallExpression, scope: Scope): Value {
  const callee = core.evaluate(e.callee, scope)
  switch (callee.kind) {
    case 'poison':
      return POISON
    case 'absent':
      return core.fail(absentError(callee, e.callee.span), scope)
    case 'builtin':
      return builtins.get(callee.name)?.call(core, e, scope) ?? POISON
    case 'function':
      return callFunction(core, callee, e, scope)
    case 'lambda': {
      const argument = single(core, e, scope, callee.variable)
      if (!argument || argument.kind === 'poison') return POISON
      // What it makes belongs to the binding that calls it: `normalised = x -> layer_norm(x, 1e-12)` is a setting of a model.
      const { owner: _, ...closure } = callee.scope
      const around: Scope = scope.owner ? { ...closure, owner: scope.owner } : closure
      const inner = withLocal(around, callee.variable, argument)
      const name = core.text(callee.body.span)
      return core.define(callee.body, name, e.span, scope, () => core.evaluate(callee.body, inner))
    }
    case 'map':
      return callMap(core, callee, e, scope)
    case 'projection':
      return callProjection(core, callee, e, scope)
    case 'head':
      return callHead(core, callee, e, scope)
    default:
      return core.fail(notCallable({ span: e.callee.span, found: describe(callee), how: 'called' }), scope)
  }
}

function callFunction(
  core: Checker,
  { declaration, file }: FunctionValue,
  e: CallExpression,
  scope: Scope,
): Value {
  const { name, parameters = [], kind, body } = declaration
  const bound = bindArguments(core, e, scope, name.text, slotsOf(parameters), signatureOf(core, declaration))
  if (!bound) return POISON
  const frame = { kind: 'call' as const, span: e.span, ...(scope.frame ? { parent: scope.frame } : {}) }
  const around = fileScope(file, frame)
  const locals = new Map<string, Local>()
  let poisoned = false
  for (const { name: parameter, defaultValue } of parameters) {
    const expression = bound.get(parameter.text)
    const given = expression ?? defaultValue
    if (!given) continue
    const from = expression ? scope : { ...around, locals }
    const value = core.evaluate(given, from)
    if (value.kind === 'poison') poisoned = true
    if (value.kind === 'term' && isScheduled(value.term)) core.terms.nameArgument(value.term, parameter.text)
    locals.set(parameter.text, { value: () => value, expression: given, scope: from })
  }
  if (poisoned) return POISON
  // A loss is closed: no suffix reaches into it. A function makes no parameters: it has no owner.
  const inner: Scope = { ...around, locals, suffixes: kind === 'def' ? scope.suffixes : noSuffixes }
  const value = core.define(declaration, name.text, e.span, scope, () => core.evaluate(body, inner))
  if (kind === 'def') return value
  const shown = e.arguments.map((argument) => core.text(argument.value.span)).join(', ')
  return finishLoss(core, value, `${name.text}(${shown})`, declaration, scope)
}

/** The one argument of a lambda, map or projection. */
function single(core: Checker, e: CallExpression, scope: Scope, name: string): Value | undefined {
  const slot = { name, required: true }
  const bound = bindArguments(
    core,
    e,
    scope,
    core.text(e.callee.span),
    [slot],
    `${core.text(e.callee.span)}(${name})`,
  )
  const expression = bound?.get(name)
  return expression && core.evaluate(expression, scope)
}

function callMap(core: Checker, { map }: MapValue, e: CallExpression, scope: Scope): Value {
  const argument = single(core, e, scope, 'layer')
  if (!argument) return POISON
  const span = e.arguments[0]?.value.span ?? e.span
  const layer = wholeOf(core, argument, span, scope, 'a layer')
  if (layer === undefined || map.layers.length === 0) return POISON
  const target = map.layers[layer]
  if (target !== undefined) return { kind: 'number', value: target, origin: map.span }
  return core.fail(layerNotMapped({ span, map: map.name, layer, layers: map.layers.length - 1 }), scope)
}

function callProjection(
  core: Checker,
  { projection, index }: ProjectionValue,
  e: CallExpression,
  scope: Scope,
): Value {
  const { name, from, to, activation } = projection
  if (projection.indices && index === undefined) {
    const problem = `\`${name}\` has one matrix for each index: write ${name}[m](...)`
    return core.fail(wrongProjectionIndex({ span: e.callee.span, problem }), scope)
  }
  const argument = single(core, e, scope, 'x')
  if (!argument) return POISON
  const span = e.arguments[0]?.value.span ?? e.span
  const x = termOf(core, argument, span, scope, `for ${name}`)
  if (!x) return POISON
  const unit = axisOf(x, 'unit')
  if (!unit)
    return core.fail(missingAxis({ span, operation: name, axis: 'unit', shape: shapeText(x) }), scope)
  if (unit.size !== from) {
    const origin = unit.origin ? [{ span: unit.origin, text: `${unit.size} comes from here` }] : []
    return core.fail(
      wrongProjectionInput({ span, projection: name, wanted: from, shape: shapeText(x), secondary: origin }),
      scope,
    )
  }
  const prefix = index === undefined ? '' : `[${index}].`
  const parameter = (leaf: string, shape: readonly number[]): Term =>
    core.terms.make(
      { op: 'parameter', parameter: { owner: name, path: `${prefix}${leaf}` }, shape },
      [],
      [],
      projection.span,
    )
  const axes = x.axes.map((axis) =>
    axis === unit ? { axis: axis.axis, size: to, origin: projection.span } : axis,
  )
  const inputs = [x, parameter('weight', [to, from]), parameter('bias', [to])]
  const linear = core.terms.make({ op: 'linear', out: 'unit' }, inputs, axes, e.span)
  if (activation === 'linear') return { kind: 'term', term: linear }
  return { kind: 'term', term: core.terms.unary(activation, linear, e.span) }
}

/**
 * A head called inside a model is a reusable block: `ffn = feed_forward(x, 4 * hidden_size)` makes the block `ffn`, with the parameters
 * `ffn.up.weight` ... and the members `ffn.output` ... . Its arguments are read where the call stands, its other names in the block around it. The call
 * must be the whole value of a binding, whose name is the block's.
 */
function callHead(core: Checker, head: HeadValue, e: CallExpression, scope: Scope): Value {
  const { block, owner } = scope
  if (!block || owner?.expression !== e) {
    return core.fail(unnamedBlock({ span: e.span, name: head.declaration.name.text }), scope)
  }
  const chain = headsAround(block, head)
  if (chain) {
    const { text: name } = head.declaration.name
    return core.fail(recursiveDefinition({ span: e.span, name, chain: [...chain, name] }), scope)
  }
  const variables = headArguments(core, head, e, scope)
  if (!variables) return POISON
  // A block of a head is made anew with each call, and costs several times what a call does.
  if (!core.fuel.enter(5 * head.declaration.body.items.length)) return core.outOfFuel(e.span, scope)
  const made = headBlock(core, head, owner.path, block, variables, e.span, scope.frame)
  core.fuel.leave()
  return { kind: 'block', block: made }
}

/** The heads from this one inwards, where a block around the call is one of its blocks already: such blocks would have no end. */
function headsAround(block: BlockInstance, { declaration }: HeadValue): string[] | undefined {
  const names: string[] = []
  for (let at: BlockInstance | undefined = block; at; at = at.parent) {
    if (!at.head) continue
    names.unshift(at.head.name.text)
    if (at.head === declaration) return names
  }
  return undefined
}
