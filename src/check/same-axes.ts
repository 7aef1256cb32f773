/** Losses do not broadcast: both sides have the same axes of the same sizes. Where only the units differ, a projection is the remedy. */
import type { Label, Span } from '../diagnostics/diagnostic.ts'
import { E0312 } from '../diagnostics/messages/E0312.ts'
import { E0313 } from '../diagnostics/messages/E0313.ts'
import type { Expression } from '../syntax/ast.ts'
import type { BuiltinCall } from './builtins/builtin.ts'
import { sameIdentity, sizeOrigins } from './operators.ts'
import type { Term, TermAxis } from './program.ts'
import { axisOf, shapeText } from './terms.ts'

/** False after reporting. */
export function sameAxes(call: BuiltinCall, s: Term, t: Term): boolean {
  const { span, core, scope } = call
  const [first, second] = [shapeText(s), shapeText(t)]
  const names = (term: Term) => term.axes.map(({ axis }) => axis).join()
  if (names(s) !== names(t)) {
    call.fail(E0313({ span, operation: call.name, first, second, help: firstHelp(s, t) }))
    return false
  }
  for (const axis of s.axes) {
    const other = axisOf(t, axis.axis)
    if (!other) continue
    if (!sameIdentity(core, axis, other, span, scope)) return false
    if (axis.size === other.size) continue
    const inUser = scope.frame?.kind !== 'call'
    call.fail(
      E0312({
        span: call.spanOf('s'),
        first,
        ...(inUser ? { other: { span: call.spanOf('t'), text: second } } : {}),
        origins: origins(call, axis, other),
        help: axis.axis === 'unit' ? projectionHelp(call, axis, other) : countHelp(axis.axis),
        message:
          axis.axis === 'unit' ? undefined : `these two states have different numbers of ${axis.axis}s`,
      }),
    )
    return false
  }
  return true
}

/** The places that decided the two sizes; those inside the arguments themselves say nothing new. */
function origins(call: BuiltinCall, a: TermAxis, b: TermAxis): Label[] {
  const labels = sizeOrigins([a, b])
  const own = labels.filter(({ span }) => !call.core.isLibrary(span.file))
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

/** The projection that is missing, written with the names of the two models. */
function projectionHelp(call: BuiltinCall, s: TermAxis, t: TermAxis): string {
  const from = sizeName(call, 's', s)
  const to = sizeName(call, 't', t)
  const first = call.core.text(call.spanOf('s'))
  const second = call.core.text(call.spanOf('t'))
  const say = 'a projection makes them comparable:'
  if (!from || !to) return `${say}\n    projection W : STUDENT.hidden_size -> TEACHER.hidden_size = linear`
  return `${say}\n    projection W : ${from} -> ${to} = linear\n    ${call.name}(W(${first}), ${second})`
}

/** `tinybert_4.hidden_size`: a setting of the model that the argument starts from, of this size and from the same line. */
function sizeName(call: BuiltinCall, slot: string, { size, origin }: TermAxis): string | undefined {
  const root = rootName(call.expression(slot))
  const value =
    root === undefined
      ? undefined
      : (call.scope.locals.get(root)?.value() ?? call.core.lookup(root, call.scope.file))
  if (value?.kind !== 'instance') return undefined
  const { model, root: block } = value.instance
  const settings = [...model.body.items.keys()].filter((name) => {
    const setting = block.get(name)
    return setting?.kind === 'number' && setting.value === size
  })
  const sameOrigin = settings.find((name) => {
    const setting = block.get(name)
    return setting?.kind === 'number' && setting.origin && origin && equal(setting.origin, origin)
  })
  const name = sameOrigin ?? settings[0]
  return name && `${model.name}.${name}`
}

function equal(a: Span, b: Span): boolean {
  return a.file === b.file && a.start === b.start && a.end === b.end
}

function rootName(e: Expression | undefined): string | undefined {
  switch (e?.kind) {
    case 'name':
      return e.name
    case 'member':
    case 'index':
      return rootName(e.base)
    case 'parenthesized':
      return rootName(e.value)
    case 'call':
      return rootName(e.arguments[0]?.value)
    default:
      return undefined
  }
}
