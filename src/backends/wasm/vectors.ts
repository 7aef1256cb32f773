/**
 * The vector functions on the wasm backend's memory, assembled and compiled once. They get the same memory in
 * which TensorFlow.js has its tensors, so that no value is copied. Pointers and distances are in bytes.
 */

import { type Activation, type ActivationGradient, addActivations } from './activations.ts'
import { Assembler } from './assembler.ts'
import { addRowOps, type RowOp } from './elementwise.ts'
import { addPack, addStrip } from './gemm.ts'
import { moduleOf } from './module.ts'
import { addSumRows } from './moments.ts'
import { addNormalise, addNormaliseGradients } from './normalise.ts'
import { addDropoutKeep, addDropoutMask } from './philox.ts'
import { addCopyRows, addSoftmax, addSoftmaxGradient } from './softmax.ts'
import { addAdaptiveUpdate, addPlainUpdates } from './updates.ts'

type Loop = (...parameters: number[]) => void

/** By name; each is described where it is written. */
export type Vectors = {
  readonly [name in
    | RowOp
    | Activation
    | ActivationGradient
    | 'pack'
    | 'strip'
    | 'sum_rows'
    | 'standardize']: Loop
} & {
  readonly [name in
    | 'layer_norm'
    | 'residual_layer_norm'
    | 'standardize_gradient'
    | 'layer_norm_gradient'
    | 'layer_norm_scale_gradient'
    | 'dropout_mask'
    | 'dropout_keep'
    | 'softmax'
    | 'softmax_gradient'
    | 'scaled_softmax'
    | 'scaled_softmax_gradient'
    | 'copy_rows']: Loop
} & {
  readonly [name in
    | 'squares'
    | 'descend'
    | 'momentum_update'
    | 'adaptive_update'
    | 'adaptive_direction']: Loop
}

/**
 * The product and what may follow it, as a module for a shared memory of at most `pages`: what a helper
 * thread runs.
 */
export function sharedProductModule(pages: number): WebAssembly.Module {
  const assembler = new Assembler()
  addStrip(assembler)
  addActivations(assembler)
  return new WebAssembly.Module(assembler.assemble(pages))
}

/** Compiles the functions on a memory; undefined where the engine has no vector instructions. */
export function vectorsOn(memory: WebAssembly.Memory): Vectors | undefined {
  const module = moduleOf(
    addPack,
    addStrip,
    addRowOps,
    addActivations,
    addSumRows,
    addNormalise,
    addNormaliseGradients,
    addDropoutMask,
    addDropoutKeep,
    addSoftmax,
    addSoftmaxGradient,
    addCopyRows,
    addPlainUpdates,
    addAdaptiveUpdate,
  )
  if (module === undefined) return undefined
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return exports as WebAssembly.Exports & Vectors
}
