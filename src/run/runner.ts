/**
 * How a graph is run, whatever runs it: the reference evaluator, TensorFlow.js kernels, and later compiled plans. Parameters live on
 * the host and are uploaded when their version changes, so a runner never trains on a stale packed copy, and a checkpoint is what
 * the store holds.
 */
import type { BatchSizes, DType, Graph, Node, RandomKey } from '../graph/graph.ts'

export type HostData = Float32Array | Float64Array | Int32Array | Uint8Array
export interface HostTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Row-major. f32: Float32Array (Float64Array from the reference evaluator); i32: Int32Array; bool: Uint8Array of 0 and 1. */
  readonly data: HostData
}

export interface StoredParameter {
  readonly shape: readonly number[]
  readonly data: Float32Array
  /** Rises with each change of `data`; a runner re-uploads when it differs from what it holds. */
  readonly version: number
}

export interface RunRequest {
  readonly sizes: BatchSizes
  readonly inputs: ReadonlyMap<string, HostTensor>
  readonly parameter: (name: string) => StoredParameter
  readonly random: RandomKey
}

export interface Runner {
  /** `reference`, `cpu`, `wasm`, `tensorflow` */
  readonly name: string
  /** Fused ops that it has kernels for; none where absent. */
  readonly capabilities?: ReadonlySet<string>
  /** Runs a graph and gives every output to the host. The arrays are the caller's. Compiles (plans) a graph once, keyed by identity. */
  run(graph: Graph, request: RunRequest): ReadonlyMap<string, HostTensor>
  /** Runs node by node and shows each value (first non-finite one, profiling); stops when `visit` returns false. */
  inspect(graph: Graph, request: RunRequest, visit: (node: Node, value: HostTensor) => boolean): void
  /** What the backend holds now; the same after every step, or something leaks. `reference` reports zeros. */
  memory(): { readonly tensors: number; readonly bytes: number }
  dispose(): void
}
