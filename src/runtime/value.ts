/** What a trainer program works with: values with named axes, and the operations on them. A trainer program imports these types and no graph. */
import type {
  Attributes,
  Axis,
  BatchSizes,
  DType,
  RandomKey,
  ReferenceValue,
  Size,
  TensorType,
} from '../graph/graph.ts'
import type { ops } from '../graph/ops/index.ts'
import type { Held } from '../run/device.ts'
import type { HostTensor, StoredParameter } from '../run/runner.ts'

/** A tensor on the backend. Who computed it releases it, once. */
export interface Value {
  readonly type: TensorType
  readonly content: Held | ReferenceValue
  /** Of a parameter: its key. */
  readonly parameter?: string
  /** Kept by the runtime for the whole step: inputs, parameters, constants. */
  readonly kept: boolean
}

/** Sizes by axis: numbers, or B examples, L tokens and R, M, W positions of the batch. */
export type Axes = { readonly [axis in Axis]?: Size }

/** An operation: inputs and attributes; the result is the caller's to release. */
export type Operation = (inputs: readonly Value[], attributes?: Attributes) => Value

export type OperationName = keyof typeof ops

/** All that a step function may do. */
export interface Kernels {
  /** The operations by name. */
  readonly op: { readonly [name in OperationName]: Operation }
  /** A tensor of the batch. */
  readonly input: (name: string, dtype: DType, axes: Axes) => Value
  /** A weight as it is now. */
  readonly parameter: (key: string, axes: Axes) => Value
  readonly constant: (value: number) => Value
  readonly vector: (axis: Axis, values: readonly number[]) => Value
  /** Gives a value to the trainer: `term NAME`, `total`, `gradient KEY`. */
  readonly output: (name: string, value: Value) => void
  /** Frees what nobody reads any more. */
  readonly release: (...values: readonly Value[]) => void
}

/** One micro-batch of a stage, or one tap of a model: reads inputs, writes outputs. */
export type Step = (kernels: Kernels) => void

/** What a step is run with. */
export interface StepRequest {
  readonly sizes: BatchSizes
  readonly inputs: ReadonlyMap<string, HostTensor>
  readonly parameter: (key: string) => StoredParameter
  readonly random: RandomKey
}

/** Runs steps on a backend. */
export interface Machine {
  readonly name: string
  run(step: Step, request: StepRequest): ReadonlyMap<string, HostTensor>
  memory(): { readonly tensors: number; readonly bytes: number }
  dispose(): void
}
