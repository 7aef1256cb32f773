/**
 * How a graph is run, whatever runs it: the reference evaluator, TensorFlow.js kernels, and later compiled plans. Parameters are
 * uploaded when their version changes, so a runner never trains on a stale packed copy. A runner that updates them itself (`updater`)
 * tells them so, and they read values back when the host asks for them: a checkpoint is what the store gives.
 */
import type { BatchSizes, DType, Graph, Node, RandomKey } from '../graph/graph.ts'
import type { Updater } from './updater.ts'

export type HostData = Float32Array | Float64Array | Int32Array | Uint8Array
export interface HostTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Row-major. f32: Float32Array (Float64Array from the reference evaluator); i32: Int32Array; bool: Uint8Array of 0 and 1. */
  readonly data: HostData
}

export interface StoredParameter {
  readonly shape: readonly number[]
  /** The newest values; to be asked for only where they are needed, because they may have to be read back from a device. */
  readonly data: Float32Array
  /** Rises with each change of `data`; a runner re-uploads when it differs from what it holds. */
  readonly version: number
  /** To be called by a runner that has a copy of the values: the host's own is not needed then, `data` is what `residence` gives. Absent where the array is the caller's. */
  movedTo?(residence: Residence): void
}

/** Where the newest values of a parameter are, other than on the host. */
export interface Residence {
  /** A copy of them. */
  read(): Float32Array
  /** The memory itself, for one use; absent where the host does not see it. */
  view?(): Float32Array
  /** They are not needed any more. */
  release(): void
}

/** A parameter that a runner may change. */
export interface ChangeableParameter extends StoredParameter {
  /** To be called after a runner has changed its own copy. The version rises; `data` is what `residence` gives. */
  changedOnDevice(residence: Residence): void
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
  /** What is behind it: library, version, threads. */
  readonly detail?: string
  /** What it can be asked for beside what it is, in a line for `distill doctor`; absent where nothing. */
  readonly others?: string
  /** A command that would make it faster here. */
  readonly remedy?: string
  /** Whether it computes on a GPU. */
  readonly onGpu?: boolean
  /** Fused ops that it has kernels for, products of low precision (`productsIn`), `byteMasks`, `weightUpdate`, `cachedParts`; none where absent. */
  readonly capabilities?: ReadonlySet<string>
  /** Capabilities that it lacks here, each with a command that would give it; absent where there are none. */
  readonly attainable?: ReadonlyMap<string, string>
  /** Absent where weights are updated on the host. */
  readonly updater?: Updater
  /** Runs a graph and gives every output to the host. The arrays are the caller's. Compiles (plans) a graph once, keyed by identity. */
  run(graph: Graph, request: RunRequest): ReadonlyMap<string, HostTensor>
  /** Runs a graph and lends every output to `use`: the arrays are valid until it returns, and need not be copies. Absent where outputs come as copies. */
  lend?<T>(graph: Graph, request: RunRequest, use: (outputs: ReadonlyMap<string, HostTensor>) => T): T
  /** Runs node by node and shows each value (first non-finite one, profiling); stops when `visit` returns false. */
  inspect(graph: Graph, request: RunRequest, visit: (node: Node, value: HostTensor) => boolean): void
  /** Gives up what was compiled for a graph, which is not run again; absent where nothing is kept. */
  forget?(graph: Graph): void
  /** Gives up the memory of parameters that are not read for a while: copies go, and what the runner alone has goes to a file where it can. Absent where nothing is copied. */
  dropCopies?(parameters: Iterable<string>): void
  /** What the backend holds now; the same after every step, or something leaks. `reference` reports zeros. */
  memory(): { readonly tensors: number; readonly bytes: number }
  dispose(): void
}
