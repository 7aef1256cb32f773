/**
 * The kernels over typed arrays, by op, all of them: what every backend has whose memory host code can reach.
 */
import type { OpKey } from '../../../graph/ops/index.ts'
import type { Kernel, KernelTable } from '../../../run/device.ts'
import { activated } from '../activated.ts'
import { type ArrayKernel, onArrays } from '../kernel.ts'
import { type MoveOp, moveOps } from '../movement.ts'
import * as binary from './binary.ts'
import { crossEntropy, crossEntropyLabels, crossEntropyLabelsGradient } from './cross-entropy.ts'
import { kl, klGradient, scaledKl } from './divergence.ts'
import { dropout, dropoutKeep, dropoutMaskKernel } from './dropout.ts'
import { gelu, geluGradient, geluTanh, geluTanhGradient } from './gelu.ts'
import { lookup, lookupGradient, oneHot } from './lookup.ts'
import { move } from './move.ts'
import { gatherPositions, scatterPositions } from './positions.ts'
import { product } from './product.ts'
import { max, min, sum } from './reduce.ts'
import { select } from './select.ts'
import {
  logSoftmax,
  logSoftmaxGradient,
  scaledSoftmax,
  scaledSoftmaxGradient,
  softmax,
  softmaxGradient,
} from './softmax.ts'
import {
  layerNormGradient,
  layerNormScaleGradient,
  residualLayerNorm,
  standardize,
  standardizeGradient,
} from './standardize.ts'
import * as unary from './unary.ts'

const activatedOps = ['linear_activation', 'contract_activation_gradient'] as const satisfies readonly OpKey[]
type Activated = (typeof activatedOps)[number]

const onViews: { readonly [op in Exclude<OpKey, MoveOp | Activated>]: ArrayKernel } = {
  negate: unary.negate,
  abs: unary.abs,
  sqrt: unary.sqrt,
  exp: unary.exp,
  log: unary.log,
  floor: unary.floor,
  tanh: unary.tanh,
  relu: unary.relu,
  sigmoid: unary.sigmoid,
  sign: unary.sign,
  square: unary.square,
  not: unary.not,
  cast: unary.cast,
  gelu,
  gelu_tanh: geluTanh,
  gelu_gradient: geluGradient,
  gelu_tanh_gradient: geluTanhGradient,
  add: binary.add,
  subtract: binary.subtract,
  multiply: binary.multiply,
  divide: binary.divide,
  power: binary.power,
  minimum: binary.minimum,
  maximum: binary.maximum,
  less: binary.less,
  less_equal: binary.lessEqual,
  greater: binary.greater,
  greater_equal: binary.greaterEqual,
  equal: binary.equal,
  not_equal: binary.notEqual,
  and: binary.and,
  select,
  gather_positions: gatherPositions,
  scatter_positions: scatterPositions,
  sum,
  max,
  min,
  contract: product,
  linear: product,
  lookup,
  lookup_gradient: lookupGradient,
  one_hot: oneHot,
  softmax,
  log_softmax: logSoftmax,
  scaled_softmax: scaledSoftmax,
  scaled_softmax_gradient: scaledSoftmaxGradient,
  softmax_gradient: softmaxGradient,
  log_softmax_gradient: logSoftmaxGradient,
  cross_entropy: crossEntropy,
  cross_entropy_labels: crossEntropyLabels,
  cross_entropy_labels_gradient: crossEntropyLabelsGradient,
  kl,
  scaled_kl: scaledKl,
  kl_gradient: klGradient,
  dropout_mask: dropoutMaskKernel,
  dropout_keep: dropoutKeep,
  dropout,
  dropout_softmax_gradient: scaledSoftmaxGradient,
  layer_norm: standardize,
  standardize,
  standardize_gradient: standardizeGradient,
  residual_layer_norm: residualLayerNorm,
  layer_norm_gradient: layerNormGradient,
  layer_norm_scale_gradient: layerNormScaleGradient,
}

/** Every op but the moves. */
function viewKernels(): { readonly [op: string]: Kernel } {
  return Object.fromEntries(Object.entries(onViews).map(([op, kernel]) => [op, onArrays(kernel)]))
}

function moveKernels(): { readonly [op: string]: Kernel } {
  return Object.fromEntries(moveOps.map((op) => [op, move(op)]))
}

function activatedKernels(): { readonly [op: string]: Kernel } {
  return Object.fromEntries(activatedOps.map((op) => [op, activated(onArrays(product), () => arrayKernels)]))
}

export const arrayKernels: KernelTable = { ...viewKernels(), ...moveKernels(), ...activatedKernels() }
