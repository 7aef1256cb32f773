/** Types of values as trainer programs write them, and as operations infer them: by the shape rule of each operation. */
import type { Attributes, OpDefinition, TensorType } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { canonical, tensorType, toAxis } from '../graph/type.ts'
import type { Axes, Kernels, Operation, OperationName, Value } from './value.ts'

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

/** A record of all operations over one way to run them. */
export function operations(
  run: (name: string, inputs: readonly Value[], attributes: Attributes) => Value,
): Kernels['op'] {
  const all: { [name in OperationName]?: Operation } = {}
  const names = Object.keys(ops) as OperationName[]
  for (const name of names) all[name] = (inputs, attributes = {}) => run(name, inputs, attributes)
  return all as Kernels['op']
}
