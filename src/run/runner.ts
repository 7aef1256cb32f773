/**
 * How a graph is run, whatever runs it: the reference evaluator, TensorFlow.js kernels, and later compiled
 * plans. Parameters are uploaded when their version changes, so a runner never trains on a stale packed copy.
 * A runner that updates them itself (`updater`) tells them so, and they read values back when the host asks
 * for them: a checkpoint is what the store gives.
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
   * The newest values; to be asked for only where they are needed, because they may have to be read back from
   * a device.
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
  /** What it can be asked for beside what it is, in a line for `distill doctor`; absent where nothing. */
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
  /** Capabilities that it lacks here, each with a command that would give it; absent where there are none. */
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
  /** Gives up what was compiled for a graph, which is not run again; absent where nothing is kept. */
  forget?(graph: Graph): void
  /**
   * Gives up the memory of parameters that are not read for a while: copies go, and what the runner alone has
   * goes to a file where it can. Absent where nothing is copied.
   */
  dropCopies?(parameters: Iterable<string>): void
  /** What the backend holds now; the same after every step, or something leaks. `reference` reports zeros. */
  memory(): { readonly tensors: number; readonly bytes: number }
  dispose(): void
}

export interface ParameterUpdate {
  /** As in `RunRequest.parameter`. */
  readonly name: string
  readonly parameter: ChangeableParameter
  /** What the optimizer keeps for it: two moments for an `adaptive` rule, one buffer for `momentum`. */
  readonly slots: readonly ChangeableParameter[]
  readonly rule: UpdateRule
}

/**
 * What a runner may offer beyond running graphs: gradients of micro-batches are summed where they are,
 * weights and moments are updated there, in place. The host gets losses and a norm, and arrays only when it
 * asks for them. `Program` is what it runs: a graph.
 */
export interface Updater<Program = Graph> {
  /** Whether it can do such an update; where not, the caller updates on the host. */
  supports(rule: UpdateRule): boolean
  /**
   * Runs a program as `Runner.run` does, but outputs that `gradients` gives the name of a parameter for stay
   * on the device, added to what is there since the last update; gives the others.
   */
  accumulate(
    program: Program,
    request: RunRequest,
    gradients: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, HostTensor>
  /** The norm of all sums of gradients together, in float64. */
  norm(): number
  /** A copy of the sum of a parameter's gradients. */
  gradient(name: string): Float32Array
  /** Updates parameters and slots (`changedOnDevice` tells them), and forgets all gradients. */
  update(updates: readonly ParameterUpdate[]): void
  /** Forgets all gradients: what is to be done where a loss is not finite. */
  discard(): void
}
