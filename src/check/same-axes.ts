/**
 * Losses do not broadcast: both sides must have the same axes and sizes. If only the units differ, the help
 * suggests a projection.
 */
import type { Fix, Label, Span } from '../diagnostics/diagnostic.ts'
import { differentAxes, differentSizes } from '../diagnostics/messages/shapes.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { BuiltinCall } from './builtins/builtin.ts'
import type { Checker } from './checker.ts'
import { sameIdentity, sizeOrigins } from './operators.ts'
import type { Term, TermAxis } from './tensor-term.ts'
import { axisOf, shapeText } from './terms.ts'
import type { Instance, Scope } from './values.ts'

/** False after reporting. */
export function sameAxes(call: BuiltinCall, s: Term, t: Term): boolean {
  const { span, checker, scope } = call
  const [first, second] = [shapeText(s), shapeText(t)]
  const names = (term: Term) => term.axes.map(({ axis }) => axis).join()
  if (names(s) !== names(t)) {
    call.fail(differentAxes({ span, operation: call.name, first, second, help: firstHelp(s, t) }))
    return false
  }
  for (const axis of s.axes) {
    const other = axisOf(t, axis.axis)
    if (!other) continue
    if (!sameIdentity(checker, axis, other, span, scope)) return false
    if (axis.size === other.size) continue
    const inUser = !checker.isLibrary(call.spanOf('s').file)
    call.fail(
      differentSizes({
        span: call.spanOf('s'),
        first: inUser ? first : `${first} and ${second}`,
        ...(inUser ? { other: { span: call.spanOf('t'), text: second } } : {}),
        origins: origins(call, axis, other),
        ...(axis.axis === 'unit' ? projectionHelp(call, axis, other) : { help: countHelp(axis.axis) }),
        message:
          axis.axis === 'unit' ? undefined : `these two states have different numbers of ${axis.axis}s`,
      }),
    )
    return false
  }
  return true
}

/**
 * The places that set the two sizes. Places inside the arguments themselves are left out, since the message
 * shows them.
 */
function origins(call: BuiltinCall, a: TermAxis, b: TermAxis): Label[] {
  const labels = sizeOrigins([a, b])
  const own = labels.filter(({ span }) => !call.checker.isLibrary(span.file))
  return own.length > 0 ? own : labels
}

function firstHelp(s: Term, t: Term): string | undefined {
  const missing = axisOf(s, 'token') ? axisOf(t, 'token') === undefined : axisOf(t, 'token') !== undefined
  return missing ? '`.first` takes the state of the first token' : undefined
}

function countHelp(axis: string): string | undefined {
  return axis === 'head'
    ? 'sum or average the heads first: sum(x, over = head), or compare relations'
    : undefined
}

/** The missing projection, with the names of the two models. */
function projectionHelp(
  call: BuiltinCall,
  s: TermAxis,
  t: TermAxis,
): { readonly help: string; readonly fix?: Fix } {
  const student = rootOf(call.checker, call.expression('s'), call.scope)
  const teacher = rootOf(call.checker, call.expression('t'), call.scope)
  const from = student && sizeName(student.instance, s)
  const to = teacher && sizeName(teacher.instance, t)
  const say = 'a projection makes them comparable:'
  if (!from || !to)
    return { help: `${say}\n    projection W : STUDENT.hidden_size -> TEACHER.hidden_size = linear` }
  const { text, span: state } = student
  const inUser = text === call.checker.text(call.spanOf('s'))
  const use = inUser
    ? `${call.name}(W(${text}), ${call.checker.text(call.spanOf('t'))})`
    : `write W(${text}) instead of ${text}`
  return {
    help: `${say}\n    projection W : ${from} -> ${to} = linear\n    ${use}`,
    fix: { kind: 'project', state, from, to },
  }
}

/** `tinybert_4.hidden_size`: a setting of this size, if possible the one from the same line. */
function sizeName({ model, root }: Instance, { size, origin }: TermAxis): string | undefined {
  const settings = [...model.body.items.keys()].flatMap((name) => {
    const setting = root.get(name)
    return setting?.kind === 'number' && setting.value === size ? [{ name, origin: setting.origin }] : []
  })
  const named =
    settings.find((setting) => setting.origin && origin && equal(setting.origin, origin)) ?? settings[0]
  return named && `${model.name}.${named.name}`
}

function equal(a: Span, b: Span): boolean {
  return a.file === b.file && a.start === b.start && a.end === b.end
}

/**
 * The teacher or student at the root of an argument, found through calls of functions, and the state as the
 * user wrote it.
 */
function rootOf(
  checker: Checker,
  e: Expression | undefined,
  scope: Scope,
): { instance: Instance; text: string; span: Span } | undefined {
  const state = e && stateOf(e)
  let root = state
  while (root?.kind === 'member' || root?.kind === 'index') root = root.base
  if (!state || root?.kind !== 'name') return undefined
  const local = scope.locals.get(root.name)
  if (local?.expression && local.scope) {
    const given = rootOf(checker, local.expression, local.scope)
    // In a function of the library, the state is what the user gave; in the user's own it is written there.
    const isOwn = state !== root && !checker.isLibrary(state.span.file)
    return given && isOwn ? { ...given, text: checker.text(state.span), span: state.span } : given
  }
  const value = local?.value() ?? checker.lookup(root.name, scope.file)
  const { span } = state
  return value?.kind === 'instance' ? { instance: value.instance, text: checker.text(span), span } : undefined
}

/** `normalize(S.hidden[m].first)` -> `S.hidden[m]`: the state that a projection would map. */
function stateOf(e: Expression): Expression | undefined {
  switch (e.kind) {
    case 'call':
      return e.arguments[0] && stateOf(e.arguments[0].value)
    case 'parenthesized':
      return stateOf(e.value)
    case 'member':
      return e.name.text === 'first' ? stateOf(e.base) : e
    default:
      return e
  }
}
