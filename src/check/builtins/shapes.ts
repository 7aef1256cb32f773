/** Operations that move, split, select and rename axes. */

import { sizeOfBatch } from '../../diagnostics/messages/losses.ts'
import { wrongArguments } from '../../diagnostics/messages/names.ts'
import {
  axisOfTwoSizes,
  entryOutOfRange,
  headsDoNotDivide,
  missingAxis,
  unfittingAxes,
} from '../../diagnostics/messages/shapes.ts'
import { ofEntry, ofJoined, ofMoved, ofRenamed } from '../distribution.ts'
import { axisNameOf, integerOf, numberOfLabels, originsOf, termOf } from '../extract.ts'
import { liveMode } from '../live.ts'
import { joinAxes, sizeOrigins } from '../operators.ts'
import { primedOf } from '../primed-axes.ts'
import { type AxisName, type Term, type TermAxis, termAxisOrder } from '../tensor-term.ts'
import { axisOf, shapeText } from '../terms.ts'
import { POISON } from '../values.ts'
import { type BuiltinDefinition, builtin } from './builtin.ts'
import { unitAxis } from './parameters.ts'

/** unit -> head x unit, head-major */
const split = builtin('split(x, heads)', (call) => {
  const x = call.term('x')
  const heads = call.size('heads', 'the number of heads')
  if (!x || heads === undefined) return POISON
  const { span, name } = call
  if (axisOf(x, 'head')) {
    const problem = `${shapeText(x)} is split already; join it first`
    return call.fail(unfittingAxes({ span, operation: name, problem }))
  }
  const unit = unitAxis(call, x, 'x')
  if (!unit) return POISON
  if (unit.size % heads !== 0) {
    const secondary = [
      ...originsOf([call.value('heads')], span),
      ...sizeOrigins([unit.axis]).filter((l) => !within(l.span, span)),
    ]
    return call.fail(headsDoNotDivide({ span, heads, units: unit.size, secondary }))
  }
  const axes = x.axes.filter((axis) => axis !== unit.axis)
  const { origin } = unit.axis
  const rest: TermAxis = { axis: 'unit', size: unit.size / heads, ...(origin ? { origin } : {}) }
  const counted = call.value('heads')
  const decided = (counted.kind === 'number' ? counted.origin : undefined) ?? call.spanOf('heads')
  return call.make(
    { op: 'split', heads },
    [x],
    [...axes, { axis: 'head', size: heads, origin: decided }, rest],
    { type: x.type, distribution: ofEntry(x, 'unit') },
  )
})

function within(
  a: { start: number; end: number; file: string },
  b: { start: number; end: number; file: string },
) {
  return a.file === b.file && a.start >= b.start && a.end <= b.end
}

const join = builtin('join(x)', (call) => {
  const x = call.term('x')
  const unit = x && unitAxis(call, x, 'x')
  if (!x || !unit) return POISON
  const head = axisOf(x, 'head')
  if (typeof head?.size !== 'number')
    return call.fail(
      missingAxis({ span: call.spanOf('x'), operation: 'join', axis: 'head', shape: shapeText(x) }),
    )
  const axes = x.axes.filter((axis) => axis !== unit.axis && axis !== head)
  const { origin } = unit.axis
  const joined: TermAxis = { axis: 'unit', size: head.size * unit.size, ...(origin ? { origin } : {}) }
  const kept = ofEntry(x, 'unit')
  const distribution = kept?.over === 'head' ? undefined : kept
  return call.make({ op: 'join' }, [x], [...axes, joined], { type: x.type, distribution })
})

/** Any number of tensors, one after another along unit. */
const concat: BuiltinDefinition = {
  name: 'concat',
  signature: 'concat(a, b, ...)',
  call: (checker, call, scope) => {
    const { span } = call
    const terms: Term[] = []
    let units = 0
    const axes = new Map<AxisName, TermAxis>()
    for (const { name, value } of call.arguments) {
      if (name) {
        const problem = `\`concat\` has no argument \`${name.text}\``
        return checker.fail(
          wrongArguments({ span: name.span, problem, help: 'it is concat(a, b, ...)' }),
          scope,
        )
      }
      const term = termOf(checker, checker.evaluate(value, scope), value.span, scope, 'for concat')
      if (!term) return POISON
      const unit = axisOf(term, 'unit')
      if (typeof unit?.size !== 'number') {
        const shape = shapeText(term)
        return checker.fail(
          missingAxis({ span: value.span, operation: 'concat', axis: 'unit', shape }),
          scope,
        )
      }
      units += unit.size
      for (const axis of term.axes) {
        if (axis === unit) continue
        const earlier = axes.get(axis.axis)
        const joined = earlier ? joinAxes(checker, earlier, axis, 'concat', span, scope) : axis
        if (!joined) return POISON
        if (!earlier && terms.length > 0) {
          const right = `[${axis.axis} ${axis.size}]`
          return checker.fail(
            axisOfTwoSizes({ span, operation: 'concat', axis: axis.axis, left: 'absent', right }),
            scope,
          )
        }
        axes.set(axis.axis, joined)
      }
      terms.push(term)
    }
    if (terms.length === 0)
      return checker.fail(
        wrongArguments({ span, problem: '`concat` needs tensors', help: 'it is concat(a, b, ...)' }),
        scope,
      )
    const all = [...axes.values(), { axis: 'unit' as const, size: units, origin: span }]
    const distribution = ofJoined(terms, 'unit')
    return { kind: 'term', term: checker.terms.make({ op: 'concat' }, terms, all, span, { distribution }) }
  },
}

/** shift(x, 1)[t] = x[t - 1], filled with zeros */
const shift = builtin('shift(x, by)', (call) => {
  const x = call.term('x')
  const by = call.integer('by', 'the shift')
  if (!x || by === undefined) return POISON
  if (!axisOf(x, 'token'))
    return call.fail(
      missingAxis({ span: call.spanOf('x'), operation: 'shift', axis: 'token', shape: shapeText(x) }),
    )
  return call.make({ op: 'shift', by }, [x], x.axes, { type: x.type, distribution: ofMoved(x, 'token') })
})

/** Renames an axis to its primed one: token to token'. */
const across = builtin('across(x, over = token)', (call) => {
  const x = call.term('x')
  const over = call.has('over') ? call.axis('over') : 'token'
  if (!x || !over) return POISON
  const found = axisOf(x, over)
  const { span } = call
  const shape = shapeText(x)
  if (!found)
    return call.fail(missingAxis({ span: call.spanOf('x'), operation: 'across', axis: over, shape }))
  const primed = primedOf(over)
  if (!primed)
    return call.fail(unfittingAxes({ span, operation: 'across', problem: `${over} has no primed axis` }))
  if (axisOf(x, primed))
    return call.fail(unfittingAxes({ span, operation: 'across', problem: `${shape} has ${primed} already` }))
  const axes = x.axes.map((axis) => (axis === found ? { ...axis, axis: primed } : axis))
  const distribution = ofRenamed(x, over, primed)
  return call.make({ op: 'across', axis: over }, [x], axes, { type: x.type, distribution })
})

/** `pick(x, class = 1)`: one entry of an axis, counted from 1; the axis is the name of the argument. */
const pick: BuiltinDefinition = {
  name: 'pick',
  signature: 'pick(x, AXIS = n)',
  call: (checker, call, scope) => {
    const [first, second, ...more] = call.arguments
    const axis = termAxisOrder.find((candidate) => candidate === second?.name?.text)
    if (!first || first.name || !second || !axis || more.length > 0) {
      const help = 'it is pick(x, AXIS = n), such as pick(x, class = 1)'
      return checker.fail(
        wrongArguments({ span: call.span, problem: '`pick` takes a tensor and one entry of an axis', help }),
        scope,
      )
    }
    const x = termOf(checker, checker.evaluate(first.value, scope), first.value.span, scope, 'for pick')
    const index = integerOf(
      checker,
      checker.evaluate(second.value, scope),
      second.value.span,
      scope,
      'an entry',
    )
    if (!x || index === undefined) return POISON
    const found = axisOf(x, axis)
    if (!found)
      return checker.fail(
        missingAxis({ span: first.value.span, operation: 'pick', axis, shape: shapeText(x) }),
        scope,
      )
    const size = typeof found.size === 'number' ? found.size : Number.POSITIVE_INFINITY
    if (found.identity?.unknown && index > size)
      return checker.fail(numberOfLabels(found.identity, second.value.span), scope)
    if (index < 1 || index > size)
      return checker.fail(entryOutOfRange({ span: second.value.span, axis, index, size }), scope)
    const axes = x.axes.filter((other) => other !== found)
    const operation = { op: 'pick', axis, index: index - 1 } as const
    const details = { type: x.type, distribution: ofEntry(x, axis) }
    return { kind: 'term', term: checker.terms.make(operation, [x], axes, call.span, details) }
  },
}

/** A number, or the live positions of each example where the axis is of tokens. */
const size = builtin('size(x, axis)', (call) => {
  const x = call.term('x')
  const axis = axisNameOf(call.checker, call.value('axis'), call.spanOf('axis'), call.scope)
  if (!x || !axis) return POISON
  const found = axisOf(x, axis)
  const { span } = call
  if (!found)
    return call.fail(missingAxis({ span: call.spanOf('x'), operation: 'size', axis, shape: shapeText(x) }))
  if (typeof found.size === 'number')
    return { kind: 'number', value: found.size, origin: found.origin ?? span }
  const live = liveMode(call.scope, axis)
  if (live === undefined) return call.fail(sizeOfBatch({ span, axis }))
  return call.make({ op: 'length', live }, [], [{ axis: 'example', size: 'B' }])
})

export const shapes = [split, join, concat, shift, across, pick, size]
