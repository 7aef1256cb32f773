/** Compiled nodes in an ONNX graph. */
import type { Size } from '../../../graph/graph.ts'
import type { OnnxAttributes, OnnxGraph } from '../../../onnx/onnx-graph.ts'
import type { CompiledNode } from './nodes.ts'
import { domain, operators } from './source.ts'

/** The value of a node. Its shape is declared, because the runtime cannot infer it. */
export function kernel(
  onnx: OnnxGraph,
  { operator, cell, dtype }: CompiledNode,
  inputs: readonly string[],
  shape: readonly Size[],
): string {
  const name = onnx.node(operator, inputs, { cell }, domain)
  onnx.declare(name, dtype, shape)
  return name
}

/** Values of a node that infers its shapes itself. `notes` are attributes that only this program reads. */
export function kernelByRows(
  onnx: OnnxGraph,
  { operator, cell }: CompiledNode,
  inputs: readonly string[],
  notes: OnnxAttributes = {},
): readonly string[] {
  return onnx.several(operator, inputs, operators[operator].results.length, { cell, ...notes }, domain)
}
