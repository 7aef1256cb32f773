/**
 * The arguments of kernels in C: addresses of inputs, memory for the result, and shapes in the source's
 * form.
 */
import { GraphError } from '../../../graph/graph.ts'
import type { Device, Held, RunContext } from '../../../run/device.ts'
import { deviceDType, type Site } from '../../../run/site.ts'
import { addressOf } from '../../foreign/held.ts'
import { collapse, type Nest } from '../../tfjs/layout.ts'
import { fine } from '../functions.ts'

/** Dimensions that the source has room for. */
export const mostDimensions = 6

/** The address of an input; throws if there is none. */
export function inputAt(site: Site, inputs: readonly Held[], index: number): number {
  const held = inputs[index]
  if (held === undefined) throw new Error(`${site.op}: input ${index} is missing`)
  return addressOf(held)
}

/** The address of an optional input; 0 if it is absent. */
export function optionalAt(inputs: readonly Held[], index: number): number {
  const held = inputs[index]
  return held === undefined ? 0 : addressOf(held)
}

/**
 * Memory for the result of an op that reads each element, or each row, before it writes there: that of a
 * dying input if there is one.
 */
export function resultOver({ output: { shape, dtype } }: Site, { device, over }: RunContext): Held {
  return over === undefined ? device.allocate(shape, deviceDType(dtype)) : device.alias(over, shape)
}

/**
 * A nest as the source reads it: the number of dimensions, their sizes, and the steps of each operand.
 * Undefined where it has too many.
 */
export function nestArguments(nest: Nest): readonly number[] | undefined {
  const { shape, strides } = collapse(nest)
  return shape.length > mostDimensions ? undefined : [shape.length, ...shape, ...strides.flat()]
}

/**
 * Input 1 of a kernel are places of positions, and it gave which of them is outside the batch: a row there
 * would be other memory. @throws GraphError where there is one; the result is released then
 */
export function requirePlaces(
  { op, sizes: { B, L } }: Site,
  device: Device,
  inputs: readonly Held[],
  { wrong, result }: { readonly wrong: number; readonly result: Held },
): void {
  const places = inputs[1]
  if (wrong === fine || places === undefined) return
  device.release(result)
  throw new GraphError(`${op}: place ${device.read(places)[wrong]} in a batch of ${B} x ${L} tokens`)
}
