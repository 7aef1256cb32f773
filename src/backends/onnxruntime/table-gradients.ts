/** The gradient of a table as a model gives it: its rows, and the id of each. */
import { type BatchSizes, GraphError, type Node } from '../../graph/graph.ts'
import { concreteShape, elementCount } from '../../graph/type.ts'
import type { NamedRows, Table } from './row-sum.ts'
import type { Runtime } from './runtime.ts'

/** Of a node `lookup_gradient`. */
export function tableOf({ type, attributes }: Node): Table {
  const [rows = 0, width = 0] = concreteShape(type, { B: 1, L: 1 })
  const { padding } = attributes
  return { rows, width, padding: typeof padding === 'number' ? padding : undefined }
}

/** Views of values that ONNX Runtime has made: valid until they are released. */
export function namedRows(
  runtime: Runtime,
  node: Node,
  [ids = 0, rows = 0]: readonly number[],
  sizes: BatchSizes,
): NamedRows {
  const [of] = node.inputs
  if (of === undefined) throw new GraphError('lookup_gradient: an input is missing')
  const count = elementCount(of.type, sizes)
  const { width } = tableOf(node)
  const bytes = (value: number, numbers: number): ArrayBuffer =>
    runtime.view(
      runtime.made((out) => runtime.functions.getTensorMutableData(value, out)),
      4 * numbers,
    )
  return { ids: new Int32Array(bytes(ids, count)), values: new Float32Array(bytes(rows, count * width)) }
}
