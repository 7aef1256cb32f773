/**
 * What the executor needs of a backend: values named by data ids, with reference counts, and kernels that
 * work on them. Everything that a device holds is counted here, so that a forgotten release is visible as a
 * number and not as a slow machine.
 */
import type { RandomKey } from '../graph/graph.ts'
import type { DeviceDType, Site } from './site.ts'

/**
 * A view of a value's memory. On wasm it is valid until the next allocation only (memory may grow and move).
 */
export type View = Float32Array | Int32Array | Uint8Array

/** One reference to a value on a device. Structurally a TensorInfo of TensorFlow.js. */
export interface Held {
  readonly dataId: object
  readonly shape: number[]
  readonly dtype: DeviceDType
}

export interface Device {
  readonly name: string
  /** A value with undefined content. */
  allocate(shape: readonly number[], dtype: DeviceDType): Held
  /**
   * Whether a parameter is to be here alone: the host gives up its own copy of one that was uploaded. Off
   * where absent.
   */
  readonly keepsParameters?: boolean
  /** A value under a data id never used before, filled from the host. `lasts`: it is held over many runs. */
  upload(data: View, shape: readonly number[], dtype: DeviceDType, lasts?: boolean): Held
  /** Another reference to the same memory under another shape; each reference is released once. */
  alias(held: Held, shape: readonly number[]): Held
  release(held: Held): void
  /**
   * Frees the memory of a value until it is read next. A file has it meanwhile, if there is room for one. The
   * value must not have been used to derive others.
   */
  setAside?(held: Held): void
  /** To be called after a value was written over where it is, which may be read from elsewhere otherwise. */
  rewritten?(held: Held): void
  /** Whether this is the only reference to its memory, so that a result may be written over it. */
  isSole(held: Held): boolean
  /** A new value computed by host code from views of the inputs. */
  compute(
    inputs: readonly Held[],
    shape: readonly number[],
    dtype: DeviceDType,
    body: (views: readonly View[], output: View) => void,
    /**
     * The input in whose memory the result may be written, where the body reads each position before it
     * writes there.
     */
    over?: Held,
  ): Held
  /** A copy for the host. */
  read(held: Held): View
  /** The memory of a value, to be read until it is released; absent where the host does not see it. */
  view?(held: Held): View
  /**
   * A copy from a device that the host has to wait for. Copies that were requested together arrive together,
   * when the first is read.
   */
  readLater?(held: Held): () => View
  /** Waits until all started work is done; absent if calls return only then. */
  settle?(): void
  /** Runs a kernel of TensorFlow.js. The result is held by the caller. */
  kernel(name: string, inputs: { readonly [name: string]: Held }, attributes: KernelAttributes): Held
  /** Data ids that the backend holds, and the bytes behind them. */
  memory(): { readonly tensors: number; readonly bytes: number }
  /** The most bytes that were held at once since the last `forgetPeak`. */
  peak(): number
  forgetPeak(): void
}

export type KernelAttributes = {
  readonly [name: string]: string | number | boolean | readonly number[] | readonly (readonly number[])[]
}

/** The services of the executor for a running kernel. */
export interface RunContext {
  readonly device: Device
  readonly random: RandomKey
  /**
   * An input of the result's type without other readers, if the plan writes the result over it (sharing.ts
   * lists the ops).
   */
  readonly over: Held | undefined
  /**
   * A value derived from an input that is a parameter (`Site.fixed`), such as the transpose of a weight. It
   * is computed once for each version of the parameter and cached. The caller gets a reference, and releases
   * it.
   */
  derived(input: number, form: string, make: (held: Held) => Held): Held
}

/** Runs one node: gives a value that the caller holds. */
export type Step = (inputs: readonly Held[], context: RunContext) => Held

/**
 * Prepares a node at known sizes. What can be computed before the first run (strides, offset tables) is
 * computed here, once. Undefined: the kernel does not have this case.
 */
export type Kernel = (site: Site) => Step | undefined

/** Kernels by op. Partial: an op without one runs by its float64 reference evaluation. */
export type KernelTable = { readonly [op: string]: Kernel | undefined }

/** For each op the kernel of the first table, else, for what that leaves, the one of the second. */
export function firstOf(first: KernelTable, second: KernelTable): KernelTable {
  const both = (op: string): Kernel => {
    const [a, b] = [first[op], second[op]]
    return (site) => a?.(site) ?? b?.(site)
  }
  const names = new Set([...Object.keys(first), ...Object.keys(second)])
  return Object.fromEntries([...names].map((op) => [op, both(op)]))
}
