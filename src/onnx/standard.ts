/**
 * The operators of the standard that models for other readers consist of, and the format of their files.
 */
import { GraphError } from '../graph/graph.ts'
import type { ModelFormat, OnnxModel, OnnxNode } from './protobuf.ts'

/**
 * By operator, the first set of operators that has it as it is written here (github.com/onnx/onnx,
 * docs/Changelog.md): axes of `ReduceMax` and `Pad`, say, are inputs since 18. Below 13 all are alike.
 */
const firstOpset: { readonly [op: string]: number } = {
  Abs: 13,
  Add: 13,
  And: 13,
  Cast: 13,
  Concat: 13,
  Div: 13,
  Equal: 13,
  Erf: 13,
  Exp: 13,
  Expand: 13,
  Floor: 13,
  Gather: 13,
  GatherElements: 13,
  Gelu: 20,
  Gemm: 13,
  Greater: 13,
  GreaterOrEqual: 13,
  HardSigmoid: 13,
  Identity: 13,
  LayerNormalization: 17,
  Less: 13,
  LessOrEqual: 13,
  Log: 13,
  LogSoftmax: 13,
  MatMul: 13,
  MatMulInteger: 13,
  Max: 13,
  Min: 13,
  Mod: 13,
  Mul: 13,
  Neg: 13,
  NonZero: 13,
  Not: 13,
  Or: 13,
  Pad: 18,
  Pow: 13,
  QuantizeLinear: 13,
  DequantizeLinear: 13,
  Range: 13,
  Reciprocal: 13,
  ReduceMax: 18,
  ReduceMean: 18,
  ReduceMin: 18,
  ReduceSum: 13,
  Relu: 13,
  Reshape: 13,
  ScatterElements: 16,
  ScatterND: 16,
  Shape: 13,
  Sigmoid: 13,
  Sign: 13,
  Slice: 13,
  Softmax: 13,
  Sqrt: 13,
  Squeeze: 13,
  Sub: 13,
  Tanh: 13,
  Transpose: 13,
  Unsqueeze: 13,
  Where: 13,
}

/** The format of files that ONNX 1.15 brought: readers since its time, such as ONNX Runtime 1.17, know it. */
const irVersion = 9

/**
 * The lowest set of operators that has all of a model. Throws GraphError for an operator of another domain,
 * or one that the table lacks.
 */
export function standardFormat(model: OnnxModel): ModelFormat {
  const version = model.nodes.reduce((most, node) => Math.max(most, opsetOf(node)), 13)
  return { irVersion, opsets: [{ domain: '', version }] }
}

function opsetOf({ op, domain, attributes }: OnnxNode): number {
  const first = domain === '' ? firstOpset[op] : undefined
  if (first === undefined)
    throw new GraphError(`${domain === '' ? '' : `${domain}.`}${op} is no operator of the standard`)
  // a part of a shape
  return op === 'Shape' && Object.keys(attributes).length > 0 ? Math.max(first, 15) : first
}
