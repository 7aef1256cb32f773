/** Our types of elements in ONNX's numbers. */
import type { DType } from '../../graph/graph.ts'
import { dataTypes } from './protobuf.ts'

export function dtypeNumber(dtype: DType): number {
  return dataTypes[dtype]
}
