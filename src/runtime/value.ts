/**
 * What a trainer program works with: values with named axes, and the operations on them. A trainer program
 * imports these types and no graph.
 */
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
import type { HostTensor, StoredParameter, Updater } from '../run/runner.ts'

/**
 * A tensor on the backend. `using x = ...` frees it where its block ends; what is not freed is when the step
 * ends.
 */
export interface Value extends Disposable {
  readonly type: TensorType
  readonly content: Held | ReferenceValue
  /** Of a weight: its key. */
  readonly parameter?: string
}

/** Sizes by axis: numbers, or B examples, L tokens and R, M, W positions of the batch. */
export type Axes = { readonly [axis in Axis]?: Size }

/** A value; a number means a scalar. */
export type Operand = Value | number

/**
 * An operation: `op.layer_norm(x, scale, bias, { epsilon: 1e-12 })`. Dimensions may be given as axes,
 * `{ dimensions: { example: 'B' } }`, and lists of axes in one string, `{ axes: 'example token' }`.
 */
export type Operation = (...operands: readonly Operand[] | readonly [...Operand[], Attributes]) => Value

export type OperationName = keyof typeof ops

/** All that a step function may do. */
export interface Kernels {
  /** The operations by name. */
  readonly op: { readonly [name in OperationName]: Operation }
  /** A tensor of the batch. */
  readonly input: (name: string, dtype: DType, axes: Axes) => Value
  /** A weight as it is now. Its axes, where they are not `row` or `row` and `column`. */
  readonly parameter: (key: string, axes?: Axes) => Value
  readonly vector: (axis: Axis, values: readonly number[]) => Value
  /** Gives a value to the trainer: `term NAME`, `total`. */
  readonly output: (name: string, value: Operand) => void
  /** Gives the trainer the gradient of a weight. */
  readonly gradient: (parameter: Value, value: Operand) => void
  /** Frees values before their block ends; each once. */
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
  /** Absent where weights are updated on the host. */
  readonly updater?: Updater<Step>
  run(step: Step, request: StepRequest): ReadonlyMap<string, HostTensor>
  /** Gives up copies of weights; absent where nothing is copied. */
  dropCopies?(parameters: Iterable<string>): void
  memory(): { readonly tensors: number; readonly bytes: number }
  dispose(): void
}
