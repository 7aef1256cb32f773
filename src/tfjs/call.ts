/**
 * Calls of public operations of TensorFlow.js, as data: `tf.NAME(...inputs, ...given)`. One writer makes
 * TypeScript of them, another one nodes of a GraphModel, and a test runs them.
 */
import type { DType } from '../graph/graph.ts'
import type { Extent } from './extent.ts'

/** Functions of `tf`, by how they are called. */
export const unaryFunctions = [
  'neg',
  'abs',
  'sqrt',
  'exp',
  'log',
  'floor',
  'tanh',
  'relu',
  'sigmoid',
  'sign',
  'square',
  'erf',
  'logicalNot',
] as const
export const binaryFunctions = [
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'minimum',
  'maximum',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
  'equal',
  'notEqual',
  'logicalAnd',
] as const
export const reducingFunctions = ['sum', 'max', 'min'] as const

type Unary = (typeof unaryFunctions)[number]
type Binary = (typeof binaryFunctions)[number]
type Reducing = (typeof reducingFunctions)[number]

/** What each function is given beside tensors, in its order. */
export type Given =
  | { readonly name: Unary | Binary | 'where' | 'gather' }
  | { readonly name: Reducing; readonly axes: readonly number[]; readonly keepDims: boolean }
  | { readonly name: 'cast'; readonly dtype: TfDType }
  | { readonly name: 'reshape' | 'broadcastTo'; readonly shape: readonly Extent[] }
  | { readonly name: 'transpose'; readonly order: readonly number[] }
  | { readonly name: 'slice'; readonly begin: readonly Extent[]; readonly size: readonly Extent[] }
  | { readonly name: 'pad'; readonly paddings: readonly (readonly [Extent, Extent])[] }
  | { readonly name: 'concat'; readonly axis: number }
  | { readonly name: 'matMul'; readonly transposeA: boolean; readonly transposeB: boolean }
  /** Rows at indices, added up where an index occurs twice. */
  | { readonly name: 'scatterND'; readonly shape: readonly Extent[] }
  | { readonly name: 'oneHot'; readonly depth: Extent }
  | {
      /** Not of `tf`: the mask of a dropout, which the program draws itself. */
      readonly name: 'dropoutMask'
      readonly site: string
      readonly rate: number
      readonly axes: readonly string[]
      readonly shape: readonly Extent[]
    }

export type TfFunction = Given['name']
export type TfDType = 'float32' | 'int32' | 'bool'

export interface Tensor {
  readonly shape: readonly Extent[]
  readonly dtype: DType
  readonly from: Origin
}

export type Origin =
  /** What the calls are made with, by number. */
  { readonly input: number } | { readonly number: number } | { readonly call: Call }

export interface Call {
  readonly given: Given
  readonly inputs: readonly Tensor[]
}

export function tfDType(dtype: DType): TfDType {
  return dtype === 'f32' ? 'float32' : dtype === 'i32' ? 'int32' : 'bool'
}

/** The calls that a tensor needs, each after those that it needs. */
export function callsOf(root: Tensor): Tensor[] {
  const found = new Set<Tensor>()
  const visit = (tensor: Tensor): void => {
    if (!('call' in tensor.from) || found.has(tensor)) return
    for (const input of tensor.from.call.inputs) visit(input)
    found.add(tensor)
  }
  visit(root)
  return [...found]
}
