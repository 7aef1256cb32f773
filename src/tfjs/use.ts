/** What a rule is given: an op at one place of a graph, and what its inputs are. */
import { type Attributes, GraphError, type TensorType } from '../graph/graph.ts'
import type { Tensor } from './call.ts'
import type { Operand, Tracer } from './tracer.ts'

export interface Use {
  readonly tracer: Tracer
  readonly op: string
  readonly inputs: readonly Operand[]
  readonly attributes: Attributes
  /** Of the result. */
  readonly type: TensorType
}

export type Rule = (use: Use) => Tensor

export function inputAt({ op, inputs }: Use, index: number): Operand {
  const input = inputs[index]
  if (input === undefined) throw new GraphError(`${op}: input ${index} is missing`)
  return input
}
