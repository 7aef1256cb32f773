/**
 * Operations with parameters. `linear` contracts unit and makes unit or class; `layer_norm` is Ba, Kiros and
 * Hinton 2016.
 */

import type { Span } from '../../diagnostics/diagnostic.ts'
import { wrongKind } from '../../diagnostics/messages/names.ts'
import { entryOutOfRange, idsOutsideTable, lookupOfReals } from '../../diagnostics/messages/shapes.ts'
import { originsOf } from '../extract.ts'
import { idsNeverFit } from '../ranges.ts'
import type { ClassIdentity, TermAxis } from '../tensor-term.ts'
import { shapeText } from '../terms.ts'
import { POISON } from '../values.ts'
import { type BuiltinCall, builtin } from './builtin.ts'
import { matrix, pathArgument, takeOwnership, tiedMatrix, unitAxis, vector } from './parameters.ts'

const lookup = builtin('lookup(ids, rows, units, padding = none, weight = PATH)', (call) => {
  const ids = call.term('ids')
  const rows = call.size('rows', 'the rows of a lookup')
  const units = call.size('units', 'the units of a lookup')
  if (!ids || rows === undefined || units === undefined) return POISON
  if (ids.type !== 'integer')
    return call.fail(lookupOfReals({ span: call.spanOf('ids'), shape: shapeText(ids) }))
  const outside = idsNeverFit(ids, rows)
  if (outside) {
    const secondary = originsOf([call.value('rows')], call.span)
    const label = `ids from ${outside.low} to ${outside.high}`
    const help = `\`min(max(x, 0), ${rows - 1})\` keeps ids inside the table`
    return call.fail(
      idsOutsideTable({ span: call.spanOf('ids'), label, ...outside, size: rows, secondary, help }),
    )
  }
  const hasPadding = call.has('padding') && call.value('padding').kind !== 'none'
  const padding = hasPadding ? call.integer('padding', 'the padding row') : undefined
  if (hasPadding && padding === undefined) return POISON
  if (padding !== undefined && (padding < 0 || padding >= rows))
    return call.fail(
      entryOutOfRange({ span: call.spanOf('padding'), axis: 'row', index: padding, size: rows }),
    )
  const place = pathArgument(call, 'weight')
  const owner = place === 'none' ? takeOwnership(call) : undefined
  const shape = [rows, units] as const
  const weight =
    place === 'none' ? owner && matrix(call, owner, shape, 'lookup') : place && tiedMatrix(call, place, shape)
  if (!weight) return POISON
  if (owner && ids.operation.op === 'input' && ids.operation.name === 'tokens')
    owner.instance.vocabulary ??= countedBy(call, 'rows', rows)
  const axes = [...ids.axes, sizedAxis(call, 'unit', units, 'units')]
  const table = { size: rows, origin: originOf(call, 'rows') }
  const operation = { op: 'lookup', ...(padding === undefined ? {} : { padding }), rows: table } as const
  return call.make(operation, [ids, weight], axes)
})

const linear = builtin('linear(x, size, axis = unit, weight = PATH, bias = none)', (call) => {
  const x = call.term('x')
  const unit = x && unitAxis(call, x, 'x')
  const out = call.has('axis') ? call.axis('axis') : 'unit'
  const size = out === 'class' ? classesOf(call, 'size') : call.size('size', 'the size of a linear map')
  if (!x || size === undefined || !unit || !out) return POISON
  if (out !== 'unit' && out !== 'class') {
    const found = `the axis ${out}`
    return call.fail(wrongKind({ span: call.spanOf('axis'), wanted: 'the axis unit or class', found }))
  }
  const place = pathArgument(call, 'weight')
  const withoutBias = call.has('bias')
  if (withoutBias && call.value('bias').kind !== 'none')
    return call.fail(
      wrongKind({
        span: call.spanOf('bias'),
        wanted: 'none',
        found: 'something else',
        help: 'there is a bias unless bias = none',
      }),
    )
  const owner = place && takeOwnership(call)
  if (!owner) return POISON
  const shape = [size, unit.size] as const
  const weight = place === 'none' ? matrix(call, owner, shape, 'linear') : tiedMatrix(call, place, shape)
  if (!weight) return POISON
  const inputs = withoutBias ? [x, weight] : [x, weight, vector(call, owner, 'bias', size)]
  const axes = x.axes.filter((axis) => axis !== unit.axis)
  const distribution = out === 'class' ? ({ form: 'logits', over: 'class' } as const) : undefined
  return call.make({ op: 'linear', out }, inputs, [...axes, sizedAxis(call, out, size, 'size')], {
    distribution,
  })
})

const resize = builtin('resize(x, size)', (call) => {
  const x = call.term('x')
  const size = call.size('size', 'the size to make')
  const unit = x && unitAxis(call, x, 'x')
  if (!x || size === undefined || !unit) return POISON
  if (unit.size === size) return call.value('x')
  const owner = takeOwnership(call)
  const weight = owner && matrix(call, owner, [size, unit.size], 'linear')
  if (!owner || !weight) return POISON
  const axes = x.axes.filter((axis) => axis !== unit.axis)
  const inputs = [x, weight, vector(call, owner, 'bias', size)]
  return call.make({ op: 'linear', out: 'unit' }, inputs, [...axes, sizedAxis(call, 'unit', size, 'size')])
})

const layerNorm = builtin('layer_norm(x, epsilon)', (call) => {
  const x = call.term('x')
  const epsilon = call.number('epsilon', 'epsilon')
  const unit = x && unitAxis(call, x, 'x')
  const owner = unit && epsilon !== undefined ? takeOwnership(call) : undefined
  if (!x || !unit || epsilon === undefined || !owner) return POISON
  const inputs = [x, vector(call, owner, 'scale', unit.size), vector(call, owner, 'bias', unit.size)]
  return call.make({ op: 'layer_norm', epsilon }, inputs, x.axes)
})

const affine = builtin('affine(x)', (call) => {
  const x = call.term('x')
  const unit = x && unitAxis(call, x, 'x')
  const owner = unit && takeOwnership(call)
  if (!x || !owner) return POISON
  const inputs = [x, vector(call, owner, 'scale', unit.size), vector(call, owner, 'bias', unit.size)]
  return call.make({ op: 'affine' }, inputs, x.axes)
})

/** A number of classes, or what stands for it where only absent training files have it. */
export function classesOf(call: BuiltinCall, slot: string): number | undefined {
  const value = call.value(slot)
  return value.kind === 'labels' ? value.size : call.size(slot, 'the number of classes')
}

/** A new axis with the origin of its size; for a class axis, with its identity. */
function sizedAxis(call: BuiltinCall, axis: 'unit' | 'class', size: number, slot: string): TermAxis {
  return axis === 'class' ? classAxis(call, slot, size) : { axis, size, origin: originOf(call, slot) }
}

/** A class axis of the size of an argument, with its identity. */
export function classAxis(call: BuiltinCall, slot: string, size: number): TermAxis {
  return { axis: 'class', size, origin: originOf(call, slot), identity: countedBy(call, slot, size) }
}

function originOf(call: BuiltinCall, slot: string): Span {
  const value = call.value(slot)
  const origin = value.kind === 'number' || value.kind === 'labels' ? value.origin : undefined
  return origin ?? call.spanOf(slot)
}

/** The identity of a number of classes or rows: a label set or vocabulary, otherwise the number alone. */
function countedBy(call: BuiltinCall, slot: string, size: number): ClassIdentity {
  const value = call.value(slot)
  if (value.kind === 'labels') return value.identity
  const origin = (value.kind === 'number' ? value.origin : undefined) ?? call.spanOf(slot)
  const expression = call.expression(slot)
  const { block } = call.scope
  const named = expression?.kind === 'name' && block?.instance.model.body.items.has(expression.name)
  const name = named && block ? `${expression.name} of ${block.instance.model.name}` : `${size} classes`
  return { name, anonymous: true, origin }
}

export const layers = [lookup, linear, resize, layerNorm, affine]
