/**
 * Which operations take logits and which take probabilities; and `as_logits` and `as_probabilities`, which
 * declare them. distribution.ts has the rules for results.
 */
import {
  logitsComparedWithProbabilities,
  notProbabilities,
  probabilitiesForLogits,
} from '../../diagnostics/messages/shapes.ts'
import { shortNumber } from '../describe.ts'
import { probabilities, sumsToOne } from '../distribution.ts'
import type { AxisName, Term } from '../tensor-term.ts'
import { POISON } from '../values.ts'
import { type BuiltinCall, builtin } from './builtin.ts'
import { softmaxAxis } from './softmax-axis.ts'

/**
 * False after reporting probabilities: another softmax would flatten them. A tensor that is neither may be
 * logits, as attention scores are.
 */
export function takesLogits(call: BuiltinCall, slot: string, x: Term, over: AxisName): boolean {
  const { distribution } = x
  if (distribution?.form !== 'probabilities' || distribution.over !== over) return true
  call.fail(
    probabilitiesForLogits({
      span: call.spanOf(slot),
      operation: call.name,
      over,
      x: written(call, slot) ?? 'x',
    }),
  )
  return false
}

/** False after reporting a tensor that is not known to be probabilities with sum 1. */
export function takesProbabilities(call: BuiltinCall, slot: string, x: Term, over: AxisName): boolean {
  const { distribution } = x
  if (distribution?.over === over && sumsToOne(distribution)) return true
  const text = written(call, slot)
  const soft = softmaxAxisByDefault(x, over)
    ? `softmax(${text ?? 'x'})`
    : `softmax(${text ?? 'x'}, over = ${over})`
  const wanted = slot === 't' ? 'labels or probabilities as its target' : 'probabilities'
  const [found, help] = other(x, over, text ?? 'x', soft, distilled(call, text))
  call.fail(notProbabilities({ span: call.spanOf(slot), operation: call.name, wanted, found, help }))
  return false
}

/** False after reporting logits that are compared with probabilities. */
export function sameForm(call: BuiltinCall, s: Term, t: Term): boolean {
  const [a, b] = [s.distribution, t.distribution]
  if (!a || !b || a.over !== b.over) return true
  if ((a.form === 'probabilities') === (b.form === 'probabilities')) return true
  const slot = a.form === 'probabilities' ? 't' : 's'
  call.fail(
    logitsComparedWithProbabilities({
      span: call.spanOf(slot),
      operation: call.name,
      first: a.form,
      second: b.form,
      over: a.over,
      x: written(call, slot) ?? 'x',
    }),
  )
  return false
}

/** Describes the tensor in place of probabilities, and what to write. */
function other(
  x: Term,
  over: AxisName,
  text: string,
  soft: string,
  soften: string,
): readonly [string, string] {
  const { distribution } = x
  if (distribution && distribution.over !== over)
    return [`${distribution.form} over ${distribution.over}`, `\`${soft}\` makes probabilities over ${over}`]
  switch (distribution?.form) {
    case 'logits':
      return [`logits over ${over}`, `\`${soft}\` makes probabilities of them${soften}`]
    case 'log-probabilities':
      return [`logarithms of probabilities over ${over}`, `\`exp(${text})\` makes probabilities of them`]
    case 'probabilities': {
      const { total } = distribution
      const sum =
        total && total.weights.size === 0 ? ` that sum to ${shortNumber(total.constant)}` : ' times a factor'
      return [
        `probabilities${sum}`,
        `put a factor before the loss; \`x / sum(x, over = ${over})\` makes the sum 1`,
      ]
    }
    default: {
      const ways = [
        `\`${soft}\` makes probabilities of logits or scores`,
        `\`x / sum(x, over = ${over})\` of positive numbers`,
        '`as_probabilities(x)` says that they are probabilities already',
      ]
      return ['values not known to be probabilities', ways.join(';\n')]
    }
  }
}

/** The library's loss that takes logits, if the call is a cross_entropy of the user. */
function distilled(call: BuiltinCall, t: string | undefined): string {
  const s = written(call, 's')
  if (call.name !== 'cross_entropy' || s === undefined || t === undefined) return ''
  return `;\nto distil logits: \`soften(${s}, ${t}, temperature = 2)\` of "std/losses.distill"`
}

/** An argument as the user wrote it; undefined inside the library. */
function written(call: BuiltinCall, slot: string): string | undefined {
  const { checker, scope } = call
  return checker.isLibrary(scope.file.file) ? undefined : checker.text(call.spanOf(slot))
}

/** Whether a softmax without `over` would choose this axis. */
function softmaxAxisByDefault({ axes }: Term, over: AxisName): boolean {
  const names = axes.map(({ axis }) => axis)
  return (['class', "token'", 'token'] as const).find((axis) => names.includes(axis)) === over
}

/** x, which must not be probabilities. */
const asLogits = builtin('as_logits(x, over = AXIS)', (call) => {
  const x = call.term('x')
  const over = x && softmaxAxis(call, x)
  return x && over && takesLogits(call, 'x', x, over) ? call.value('x') : POISON
})

/** x, declared to be probabilities where the compiler cannot know that it sums to 1. Logits are refused. */
const asProbabilities = builtin('as_probabilities(x, over = AXIS)', (call) => {
  const x = call.term('x')
  const over = x && softmaxAxis(call, x)
  if (!x || !over) return POISON
  const { distribution } = x
  const unlike = distribution?.over === over && distribution.form !== 'probabilities'
  if (unlike && !takesProbabilities(call, 'x', x, over)) return POISON
  if (distribution?.over === over && sumsToOne(distribution)) return call.value('x')
  return { kind: 'term', term: call.checker.terms.declared(x, probabilities(over)) }
})

export const forms = [asLogits, asProbabilities]
