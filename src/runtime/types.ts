/**
 * Types of values as trainer programs write them, and as operations infer them: by the shape rule of each
 * operation.
 */
import type { Attributes, AttributeValue, OpDefinition, TensorType } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { canonical, tensorType, toAxis } from '../graph/type.ts'
import type { Axes, Kernels, Operand, Operation, OperationName, Value } from './value.ts'

export function typeOf(dtype: TensorType['dtype'], axes: Axes): TensorType {
  const dimensions = Object.entries(axes).map(([axis, size]) => ({ axis: toAxis(axis), size }))
  return tensorType(dtype, canonical(dimensions))
}

const definitions: ReadonlyMap<string, OpDefinition> = new Map(Object.entries(ops))

/** Its shape rule and its float64 evaluation. */
export function definitionOf(name: string): OpDefinition {
  const definition = definitions.get(name)
  if (definition === undefined) throw new Error(`no operation ${name}`)
  return definition
}

/** The type of a weight: [row] or [row, column] where its axes are not given. */
export function parameterType(shape: readonly number[], axes?: Axes): TensorType {
  if (axes !== undefined) return typeOf('f32', axes)
  const [row = 1, column] = shape
  return typeOf('f32', column === undefined ? { row } : { row, column })
}

/** A record of all operations over one way to run them, and one to hold a number. */
export function operations(
  run: (name: string, inputs: readonly Value[], attributes: Attributes) => Value,
  constant: (value: number) => Value,
): Kernels['op'] {
  const all: { [name in OperationName]?: Operation } = {}
  const names = Object.keys(ops) as OperationName[]
  for (const name of names) {
    all[name] = (...operands) => {
      const inputs: Value[] = []
      let attributes: Attributes = {}
      for (const operand of operands) {
        if (typeof operand === 'number') inputs.push(constant(operand))
        else if (isValue(operand)) inputs.push(operand)
        else attributes = operand
      }
      return run(name, inputs, listed(attributes))
    }
  }
  return all as Kernels['op']
}

function isValue(operand: Operand | Attributes): operand is Value {
  return typeof operand === 'object' && Symbol.dispose in operand
}

/** Attributes that list axes, and may be given as one string: `{ sum: 'example token' }`. */
export const axisLists: ReadonlySet<string> = new Set(['left', 'right', 'sum', 'axes'])

/** As shape rules read them: dimensions and axes in lists. */
function listed(attributes: Attributes): Attributes {
  const entries = Object.entries(attributes).map(([name, value]): [string, AttributeValue] => {
    if (axisLists.has(name) && typeof value === 'string')
      return [name, value.split(' ').filter((axis) => axis !== '')]
    if (name !== 'dimensions' || typeof value !== 'object' || value === null || Array.isArray(value))
      return [name, value]
    return [name, Object.entries(value).map(([axis, size]): AttributeValue => ({ axis, size }))]
  })
  return Object.fromEntries(entries)
}
