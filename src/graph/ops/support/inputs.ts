/**
 * Common checks of inputs and attributes: their number and kind. They throw GraphError with the op's name in
 * front, so that all ops word them alike.
 */
import {
  type Attributes,
  type AttributeValue,
  type Axis,
  type Dimension,
  type DType,
  GraphError,
  type Node,
  type Size,
  type TensorType,
} from '../../graph.ts'
import { hasAxis, isSizeSymbol, printType, toAxis } from '../../type.ts'

/** The inputs as a tuple. Throws GraphError when there are more or fewer. */
export function take<T>(op: string, inputs: readonly T[], count: 1): [T]
export function take<T>(op: string, inputs: readonly T[], count: 2): [T, T]
export function take<T>(op: string, inputs: readonly T[], count: 3): [T, T, T]
export function take<T>(op: string, inputs: readonly T[], count: number): T[] {
  if (inputs.length !== count) throw new GraphError(`${op}: takes ${count} inputs, not ${inputs.length}`)
  return [...inputs]
}

/** One input and perhaps a mask. */
export function takeMasked<T>(op: string, inputs: readonly T[], count: 1): [T, T | undefined]
export function takeMasked<T>(op: string, inputs: readonly T[], count: 2): [T, T, T | undefined]
export function takeMasked<T>(op: string, inputs: readonly T[], count: number): (T | undefined)[] {
  if (inputs.length !== count && inputs.length !== count + 1) {
    throw new GraphError(`${op}: takes ${count} inputs and perhaps a mask, not ${inputs.length}`)
  }
  return [...inputs]
}

export function requireDType(op: string, what: string, type: TensorType, dtypes: readonly DType[]): void {
  if (dtypes.includes(type.dtype)) return
  throw new GraphError(`${op}: ${what} must be ${dtypes.join(' or ')}, not ${printType(type)}`)
}

export function requireReal(op: string, what: string, type: TensorType): void {
  requireDType(op, what, type, ['f32'])
}

/** A mask, if given, must be bool and have only axes of `of`. */
export function requireMask(op: string, mask: TensorType | undefined, of?: TensorType): void {
  if (mask === undefined) return
  requireDType(op, 'the mask', mask, ['bool'])
  for (const { axis } of of === undefined ? [] : mask.dimensions) {
    if (of !== undefined && !hasAxis(of, axis)) {
      throw new GraphError(`${op}: the mask has an axis ${axis} that ${printType(of)} lacks`)
    }
  }
}

/** The dimension of an axis of a type. */
export function requireAxis(op: string, type: TensorType, axis: Axis): Dimension {
  const found = type.dimensions.find((d) => d.axis === axis)
  if (found === undefined) throw new GraphError(`${op}: ${printType(type)} has no axis ${axis}`)
  return found
}

export function requireNoAxis(op: string, type: TensorType, axis: Axis): void {
  if (hasAxis(type, axis)) throw new GraphError(`${op}: ${printType(type)} has an axis ${axis} already`)
}

/** The size of an axis that must be a number, not a symbol. */
export function requireNumber(op: string, type: TensorType, axis: Axis): number {
  const { size } = requireAxis(op, type, axis)
  if (typeof size !== 'number') throw new GraphError(`${op}: axis ${axis} has no fixed size: ${size}`)
  return size
}

/** The sizes of a parameter's axes, in the given order. It must have exactly these axes. */
export function requireShape(op: string, what: string, type: TensorType, axes: readonly Axis[]): Size[] {
  if (type.dimensions.length !== axes.length) {
    throw new GraphError(`${op}: ${what} must have the axes ${axes.join(', ')}, not ${printType(type)}`)
  }
  return axes.map((axis) => requireAxis(op, type, axis).size)
}

export function requireEqualSize(op: string, what: string, a: Size, b: Size): void {
  if (a !== b) throw new GraphError(`${op}: ${what} differ: ${a} and ${b}`)
}

// ---------------------------------------------------------------- attributes

export function axisAttribute(op: string, attributes: Attributes, key: string): Axis {
  const value = attributes[key]
  if (typeof value !== 'string') throw new GraphError(`${op}: attribute ${key} must be an axis`)
  return toAxis(value)
}

/** A list of axes, none of them twice. */
export function axesAttribute(op: string, attributes: Attributes, key: string): readonly Axis[] {
  const value: AttributeValue | undefined = attributes[key]
  if (!Array.isArray(value)) throw new GraphError(`${op}: attribute ${key} must be a list of axes`)
  const axes = value.map(toAxis)
  if (new Set(axes).size !== axes.length) throw new GraphError(`${op}: attribute ${key} names an axis twice`)
  return axes
}

export function numberAttribute(op: string, attributes: Attributes, key: string): number {
  const value = attributes[key]
  if (typeof value !== 'number') throw new GraphError(`${op}: attribute ${key} must be a number`)
  return value
}

export function integerAttribute(op: string, attributes: Attributes, key: string, from = 0): number {
  const value = numberAttribute(op, attributes, key)
  if (!Number.isInteger(value) || value < from) {
    throw new GraphError(`${op}: attribute ${key} must be an integer from ${from} on, not ${value}`)
  }
  return value
}

/** A number, or the symbol of a size. */
export function sizeAttribute(op: string, attributes: Attributes, key: string): Size {
  const value = attributes[key]
  if (isSizeSymbol(value)) return value
  return integerAttribute(op, attributes, key, 1)
}

/** An integer, or null if the attribute is absent. */
export function optionalInteger(op: string, attributes: Attributes, key: string): number | null {
  const value = attributes[key]
  return value === null || value === undefined ? null : integerAttribute(op, attributes, key)
}

export function textAttribute(op: string, attributes: Attributes, key: string): string {
  const value = attributes[key]
  if (typeof value !== 'string') throw new GraphError(`${op}: attribute ${key} must be a text`)
  return value
}

/** Names of the axes of a node's type. */
export function axesOf(node: Node | TensorType): Axis[] {
  const type = 'op' in node ? node.type : node
  return type.dimensions.map((d) => d.axis)
}
