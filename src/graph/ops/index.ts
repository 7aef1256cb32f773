/**
 * All ops but the leaves (leaf.ts), by name. A record, so that a backend's table of kernels can be typed as
 * complete over `OpKey`, and the order of its lines is that of the groups in which they are explained.
 */
import type { OpDefinition } from '../graph.ts'
import { abs } from './abs.ts'
import { add } from './add.ts'
import { again } from './again.ts'
import { and } from './and.ts'
import { broadcast } from './broadcast.ts'
import { cast } from './cast.ts'
import { chunk } from './chunk.ts'
import { concat } from './concat.ts'
import { contract } from './contract.ts'
import { contract_activation_gradient } from './contract_activation_gradient.ts'
import { cross_entropy } from './cross_entropy.ts'
import { cross_entropy_labels } from './cross_entropy_labels.ts'
import { cross_entropy_labels_gradient } from './cross_entropy_labels_gradient.ts'
import { divide } from './divide.ts'
import { dropout } from './dropout.ts'
import { dropout_keep } from './dropout_keep.ts'
import { dropout_mask } from './dropout_mask.ts'
import { dropout_softmax_gradient } from './dropout_softmax_gradient.ts'
import { equal } from './equal.ts'
import { exp } from './exp.ts'
import { floor } from './floor.ts'
import { gather_positions } from './gather_positions.ts'
import { gelu } from './gelu.ts'
import { gelu_gradient } from './gelu_gradient.ts'
import { gelu_tanh } from './gelu_tanh.ts'
import { gelu_tanh_gradient } from './gelu_tanh_gradient.ts'
import { greater } from './greater.ts'
import { greater_equal } from './greater_equal.ts'
import { join } from './join.ts'
import { kl } from './kl.ts'
import { kl_gradient } from './kl_gradient.ts'
import { layer_norm } from './layer_norm.ts'
import { layer_norm_gradient } from './layer_norm_gradient.ts'
import { layer_norm_scale_gradient } from './layer_norm_scale_gradient.ts'
import { less } from './less.ts'
import { less_equal } from './less_equal.ts'
import { linear } from './linear.ts'
import { linear_activation } from './linear_activation.ts'
import { log } from './log.ts'
import { log_softmax } from './log_softmax.ts'
import { log_softmax_gradient } from './log_softmax_gradient.ts'
import { lookup } from './lookup.ts'
import { lookup_gradient } from './lookup_gradient.ts'
import { max } from './max.ts'
import { maximum } from './maximum.ts'
import { min } from './min.ts'
import { minimum } from './minimum.ts'
import { multiply } from './multiply.ts'
import { negate } from './negate.ts'
import { not } from './not.ts'
import { not_equal } from './not_equal.ts'
import { one_hot } from './one_hot.ts'
import { pad } from './pad.ts'
import { pick } from './pick.ts'
import { place } from './place.ts'
import { power } from './power.ts'
import { relu } from './relu.ts'
import { rename } from './rename.ts'
import { residual_layer_norm } from './residual_layer_norm.ts'
import { scaled_kl } from './scaled_kl.ts'
import { scaled_softmax } from './scaled_softmax.ts'
import { scaled_softmax_gradient } from './scaled_softmax_gradient.ts'
import { scatter_positions } from './scatter_positions.ts'
import { select } from './select.ts'
import { shift } from './shift.ts'
import { sigmoid } from './sigmoid.ts'
import { sign } from './sign.ts'
import { slice } from './slice.ts'
import { softmax } from './softmax.ts'
import { softmax_gradient } from './softmax_gradient.ts'
import { split } from './split.ts'
import { sqrt } from './sqrt.ts'
import { square } from './square.ts'
import { standardize } from './standardize.ts'
import { standardize_gradient } from './standardize_gradient.ts'
import { stop_gradient } from './stop_gradient.ts'
import { subtract } from './subtract.ts'
import { sum } from './sum.ts'
import { tanh } from './tanh.ts'
import { unchunk } from './unchunk.ts'

export const ops = {
  // one input, element by element
  negate,
  abs,
  sqrt,
  exp,
  log,
  floor,
  tanh,
  relu,
  gelu,
  gelu_gradient,
  gelu_tanh,
  gelu_tanh_gradient,
  sigmoid,
  sign,
  square,
  stop_gradient,
  cast,
  not,
  // two or three inputs, aligned by name
  add,
  subtract,
  multiply,
  divide,
  power,
  minimum,
  maximum,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  and,
  select,
  // along axes
  sum,
  max,
  min,
  broadcast,
  rename,
  split,
  join,
  slice,
  pad,
  chunk,
  unchunk,
  pick,
  place,
  concat,
  shift,
  gather_positions,
  scatter_positions,
  // products and tables
  contract,
  linear,
  lookup,
  lookup_gradient,
  one_hot,
  // normalisations
  layer_norm,
  standardize,
  standardize_gradient,
  softmax,
  softmax_gradient,
  log_softmax,
  log_softmax_gradient,
  // losses over a distribution
  cross_entropy,
  cross_entropy_labels,
  cross_entropy_labels_gradient,
  kl,
  kl_gradient,
  // randomness
  dropout_mask,
  // fused: introduced by passes only
  scaled_kl,
  scaled_softmax,
  scaled_softmax_gradient,
  linear_activation,
  contract_activation_gradient,
  residual_layer_norm,
  layer_norm_gradient,
  layer_norm_scale_gradient,
  // masks of dropout as bytes: introduced by a pass only
  dropout_keep,
  dropout,
  dropout_softmax_gradient,
  // order of computation: introduced by a pass only
  again,
} as const satisfies { readonly [name: string]: OpDefinition }

export type OpKey = keyof typeof ops
