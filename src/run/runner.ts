/**
 * The interface of everything that runs graphs: the reference evaluator, kernels of TensorFlow.js, compiled
 * backends. Parameters are uploaded when their version changes, so a runner never trains on an old packed
 * copy. A runner that updates them itself (`updater`) marks them as changed, and they are read back when the
 * host needs them: a checkpoint has the values of the store.
 */

import type { BatchSizes, DType, Graph, Node, RandomKey } from '../graph/graph.ts'
import type { UpdateRule } from './update-rule.ts'

export type HostData = Float32Array | Float64Array | Int32Array | Uint8Array
export interface HostTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  /**
   * Row-major. f32: Float32Array (Float64Array from the reference evaluator); i32: Int32Array; bool:
   * Uint8Array of 0 and 1.
   */
  readonly data: HostData
}

export interface StoredParameter {
  readonly shape: readonly number[]
  /**
   * The newest values. Access it only if they are needed, because they may have to be read back from a
   * device.
   */
  readonly data: Float32Array
  /** Rises with each change of `data`; a runner re-uploads when it differs from what it holds. */
  readonly version: number
  /**
   * To be called by a runner that has a copy of the values: the host's own is not needed then, `data` is what
   * `residence` gives. Absent where the array is the caller's.
   */
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
  /**
   * To be called after a runner has changed its own copy. The version rises; `data` is what `residence`
   * gives.
   */
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
  /** What its bits depend on beside the graph: the libraries that compute, with their versions, by name. */
  readonly libraries?: Readonly<Record<string, string>>
  /** Whether it takes other kernels on a processor with other instructions; absent: no. */
  readonly readsInstructions?: boolean
  /** Its threads, which change no bits; absent where their number cannot be set. */
  readonly threads?: number
  /** Its further options in a line for `distill doctor`; absent if there are none. */
  readonly others?: string
  /** A command that would make it faster here. */
  readonly remedy?: string
  /** Whether it computes on a GPU. */
  readonly onGpu?: boolean
  /**
   * Fused ops that it has kernels for, products of low precision (`productsIn`), `byteMasks`, `weightUpdate`,
   * `cachedParts`; none where absent.
   */
  readonly capabilities?: ReadonlySet<string>
  /** Capabilities that it lacks here, each with a command to get it; absent if there are none. */
  readonly attainable?: ReadonlyMap<string, string>
  /** Absent where weights are updated on the host. */
  readonly updater?: Updater
  /**
   * Runs a graph and gives every output to the host. The arrays are the caller's. Compiles (plans) a graph
   * once, keyed by identity.
   */
  run(graph: Graph, request: RunRequest): ReadonlyMap<string, HostTensor>
  /**
   * Runs a graph and lends every output to `use`: the arrays are valid until it returns, and need not be
   * copies. Absent where outputs come as copies.
   */
  lend?<T>(graph: Graph, request: RunRequest, use: (outputs: ReadonlyMap<string, HostTensor>) => T): T
  /**
   * Runs node by node and shows each value (first non-finite one, profiling); stops when `visit` returns
   * false.
   */
  inspect(graph: Graph, request: RunRequest, visit: (node: Node, value: HostTensor) => boolean): void
  /** Releases everything compiled for a graph that is not run again; absent if nothing is stored. */
  forget?(graph: Graph): void
  /**
   * Frees the memory of parameters that are not read for a while. Copies are dropped; values that only the
   * runner has are written to a file if possible. Absent if nothing is copied.
   */
  dropCopies?(parameters: Iterable<string>): void
  /** What the backend holds now; the same after every step, or something leaks. `reference` reports zeros. */
  memory(): { readonly tensors: number; readonly bytes: number }
  /**
   * The most bytes that it held at once during the last run, parameters included. Absent where it cannot
   * tell.
   */
  peak?(): number
  dispose(): void
}

export interface ParameterUpdate {
  /** As in `RunRequest.parameter`. */
  readonly name: string
  readonly parameter: ChangeableParameter
  /** The moments of the parameter: two for an `adaptive` rule, one buffer for `momentum`. */
  readonly slots: readonly ChangeableParameter[]
  readonly rule: UpdateRule
}

/** Of a parameter. */
export interface Gradient {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/**
 * Optional: sums gradients of micro-batches and updates weights and moments on the device, in place. The host
 * gets losses and a norm, and arrays only on request. `Program` is what it runs: a graph.
 */
export interface Updater<Program = Graph> {
  /** Whether it can do such an update; where not, the caller updates on the host. */
  supports(rule: UpdateRule): boolean
  /**
   * Runs a program as `Runner.run`, but outputs that `gradients` maps to a parameter stay on the device,
   * added to the sums since the last update. Returns the others.
   */
  accumulate(
    program: Program,
    request: RunRequest,
    gradients: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, HostTensor>
  /** Of the sum of each parameter's gradients the sum of squares, in float64, in the order of the keys. */
  squares(): readonly number[]
  /** The sum of a parameter's gradients, to be read before the next step. */
  gradient(name: string): Float32Array
  /** Takes other sums in place of its own, for all parameters that the next update changes. Copies them. */
  replaceGradients(gradients: ReadonlyMap<string, Gradient>): void
  /** Updates parameters and slots (marked by `changedOnDevice`), and drops all gradients. */
  update(updates: readonly ParameterUpdate[]): void
  /** Forgets all gradients: what is to be done where a loss is not finite. */
  discard(): void
}
