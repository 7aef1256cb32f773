/**
 * The kernels of the wasm backend, whatever runs them: our vector kernels where the engine has vector
 * instructions, typed-array kernels for the rest.
 */
import { firstOf, type KernelTable } from '../../run/device.ts'
import type { UpdateKernels } from '../../run/device-updater.ts'
import { activated } from '../tfjs/activated.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import type { WasmParts } from '../tfjs/load.ts'
import { product } from '../tfjs/products.ts'
import { dropoutMaskOn } from './dropout.ts'
import { HelperThreads } from './helper-threads.ts'
import { vectorKernels } from './kernels.ts'
import type { Addressed } from './memory.ts'
import { gatherPositionsOn, scatterPositionsOn } from './positions.ts'
import { productOn } from './product.ts'
import { updateKernelsOn } from './update-kernels.ts'
import { vectorsOn } from './vectors.ts'

export interface WasmOptions {
  /** False leaves our vector kernels out. */
  readonly vectors?: boolean
  /** False: large products run in the caller's thread. */
  readonly threads?: boolean
}

/**
 * Helper threads are the process's, as the backend is: started once, at the first product that is large
 * enough for them.
 */
let helpers: { readonly started: HelperThreads | undefined } | undefined

function startedHelpers(): HelperThreads | undefined {
  helpers ??= { started: HelperThreads.start() }
  return helpers.started
}

export interface WasmTables {
  readonly kernels: KernelTable
  /** Absent without vectors: weights are then updated on the host. */
  readonly updates?: UpdateKernels
}

export function wasmTables(
  parts: WasmParts,
  { vectors: wanted = true, threads = true }: WasmOptions = {},
): WasmTables {
  const { memory, address, device, rewritten } = parts
  const vectors = wanted && memory !== undefined ? vectorsOn(memory) : undefined
  const plain = {
    ...arrayKernels,
    contract: product,
    linear: product,
    linear_activation: activated(product, () => arrayKernels),
    contract_activation_gradient: activated(product, () => arrayKernels),
  }
  if (memory === undefined || vectors === undefined) return { kernels: plain }
  const addressed: Addressed = {
    vectors,
    helpers: threads ? startedHelpers : () => undefined,
    address,
    integers: () => new Int32Array(memory.buffer),
    floats: () => new Float32Array(memory.buffer),
    doubles: () => new Float64Array(memory.buffer),
    bytes: () => new Uint8Array(memory.buffer),
  }
  const own = productOn(addressed, product)
  const fast = {
    ...vectorKernels(addressed),
    dropout_mask: dropoutMaskOn(addressed, 'dropout_mask'),
    dropout_keep: dropoutMaskOn(addressed, 'dropout_keep'),
    gather_positions: gatherPositionsOn(addressed),
    scatter_positions: scatterPositionsOn(addressed),
  }
  return {
    kernels: {
      ...firstOf(fast, plain),
      contract: own,
      linear: own,
      linear_activation: productOn(addressed, plain.linear_activation),
      contract_activation_gradient: productOn(addressed, plain.contract_activation_gradient),
    },
    updates: updateKernelsOn(addressed, device, rewritten),
  }
}

export function wasmKernels(parts: WasmParts, options: WasmOptions = {}): KernelTable {
  return wasmTables(parts, options).kernels
}
