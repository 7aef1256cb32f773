/**
 * The functions of oneDNN's C interface that are used, by their names there, and its numbers (dnnl_types.h of
 * version 3).
 */
import type { ForeignFunction, ForeignLibrary, ForeignType } from '../foreign/foreign.ts'

const address = 'address'
const int32 = 'int32'
const int64 = 'int64'
const float32 = 'float32'

/**
 * Result and parameters by function. An `int32` that comes back is a status, but of `dnnl_memory_desc_equal`.
 */
const signatures = {
  dnnl_engine_create: [int32, address, int32, int64],
  dnnl_engine_destroy: [int32, address],
  dnnl_stream_create: [int32, address, address, int32],
  dnnl_stream_wait: [int32, address],
  dnnl_stream_destroy: [int32, address],
  dnnl_set_primitive_cache_capacity: [int32, int32],
  dnnl_memory_desc_create_with_strides: [int32, address, int32, address, int32, address],
  dnnl_memory_desc_create_with_tag: [int32, address, int32, address, int32, int32],
  dnnl_memory_desc_clone: [int32, address, address],
  dnnl_memory_desc_destroy: [int32, address],
  dnnl_memory_desc_equal: [int32, address, address],
  dnnl_memory_desc_get_size: [int64, address],
  dnnl_memory_create: [int32, address, address, address, address],
  dnnl_memory_set_data_handle: [int32, address, address],
  dnnl_memory_destroy: [int32, address],
  dnnl_primitive_attr_create: [int32, address],
  dnnl_primitive_attr_destroy: [int32, address],
  dnnl_primitive_attr_set_post_ops: [int32, address, address],
  dnnl_post_ops_create: [int32, address],
  dnnl_post_ops_destroy: [int32, address],
  dnnl_post_ops_append_eltwise: [int32, address, int32, float32, float32],
  dnnl_post_ops_append_binary: [int32, address, int32, address],
  dnnl_primitive_desc_query: [int32, address, int32, int32, address],
  dnnl_primitive_desc_next_impl: [int32, address],
  dnnl_primitive_desc_query_md: [address, address, int32, int32],
  dnnl_primitive_desc_destroy: [int32, address],
  dnnl_primitive_create: [int32, address, address],
  dnnl_primitive_destroy: [int32, address],
  dnnl_primitive_execute: [int32, address, address, int32, address],
  dnnl_reorder_primitive_desc_create: [int32, address, address, address, address, address, address],
  dnnl_matmul_primitive_desc_create: [int32, address, address, address, address, address, address, address],
  dnnl_binary_primitive_desc_create: [int32, address, address, int32, address, address, address, address],
  dnnl_reduction_primitive_desc_create: [
    int32,
    address,
    address,
    int32,
    address,
    address,
    float32,
    float32,
    address,
  ],
  dnnl_eltwise_forward_primitive_desc_create: [
    int32,
    address,
    address,
    int32,
    int32,
    address,
    address,
    float32,
    float32,
    address,
  ],
  dnnl_eltwise_backward_primitive_desc_create: [
    int32,
    address,
    address,
    int32,
    address,
    address,
    address,
    float32,
    float32,
    address,
    address,
  ],
  dnnl_softmax_forward_primitive_desc_create: [
    int32,
    address,
    address,
    int32,
    int32,
    address,
    address,
    int32,
    address,
  ],
  dnnl_layer_normalization_forward_primitive_desc_create: [
    int32,
    address,
    address,
    int32,
    address,
    address,
    address,
    float32,
    int32,
    address,
  ],
  dnnl_convolution_forward_primitive_desc_create: [
    int32,
    address,
    address,
    int32,
    int32,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
  ],
  dnnl_convolution_backward_data_primitive_desc_create: [
    int32,
    address,
    address,
    int32,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
  ],
  dnnl_convolution_backward_weights_primitive_desc_create: [
    int32,
    address,
    address,
    int32,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
  ],
  dnnl_pooling_forward_primitive_desc_create: [
    int32,
    address,
    address,
    int32,
    int32,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
  ],
  dnnl_pooling_backward_primitive_desc_create: [
    int32,
    address,
    address,
    int32,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
    address,
  ],
} as const satisfies { readonly [name: string]: readonly [ForeignType, ...ForeignType[]] }

export type OneDnnFunction = keyof typeof signatures

const functionNames = Object.keys(signatures) as OneDnnFunction[]

export type OneDnn = { readonly [name in OneDnnFunction]: ForeignFunction }

/** Throws where a function is missing: another version of oneDNN. */
export function bind(library: ForeignLibrary): OneDnn {
  const made: Partial<Record<OneDnnFunction, ForeignFunction>> = {}
  for (const name of functionNames) {
    const [result, ...parameters] = signatures[name]
    made[name] = library.function(name, result, parameters)
  }
  return made as OneDnn
}

/** Data types by number. */
export const dataTypes = { f16: 1, bf16: 2, f32: 3, s32: 4, s8: 5, u8: 6 } as const
export type DataType = keyof typeof dataTypes

export const elementBytes: { readonly [type in DataType]: number } = {
  f16: 2,
  bf16: 2,
  f32: 4,
  s32: 4,
  s8: 1,
  u8: 1,
}

/** Places of arguments of primitives. */
export const argument = {
  source: 1,
  source1: 2,
  destination: 17,
  weights: 33,
  bias: 41,
  scale: 51,
  shift: 52,
  gradient: 145,
  sourceGradient: 129,
  weightsGradient: 161,
  postOp: 32768,
} as const

export const query = {
  argument: 255,
  implementation: 8,
  source: 129,
  weights: 131,
  destination: 133,
} as const

/** Functions of the element-wise primitive, by number. */
export const eltwise = {
  relu: 0x20,
  tanh: 0x21,
  elu: 0x22,
  square: 0x23,
  abs: 0x24,
  sqrt: 0x25,
  linear: 0x26,
  softRelu: 0x27,
  logistic: 0x29,
  exp: 0x2a,
  geluTanh: 0x2b,
  log: 0x2d,
  clip: 0x2f,
  power: 0x30,
  gelu: 0x31,
  round: 0x32,
} as const

/** Functions of the binary primitive, by number. */
export const binary = {
  add: 0x1fff0,
  multiply: 0x1fff1,
  maximum: 0x1fff2,
  minimum: 0x1fff3,
  divide: 0x1fff4,
  subtract: 0x1fff5,
  greaterEqual: 0x1fff6,
  greater: 0x1fff7,
  lessEqual: 0x1fff8,
  less: 0x1fff9,
  equal: 0x1fffa,
  notEqual: 0x1fffb,
} as const

/** Functions of the reduction primitive, by number. */
export const reduction = { maximum: 0x2fff2, minimum: 0x2fff3, sum: 0x2fff4, product: 0x2fff5 } as const

/** Kinds of the softmax primitive, by number. */
export const softmax = { accurate: 0x30000 } as const

/** Ways to compute a convolution or a pooling, by number. */
export const windowed = { direct: 1, maximum: 0x1ff, averageOfAll: 0x2ff, averageOfPresent: 0x3ff } as const

/** What a primitive is computed for, by number. */
export const purpose = { training: 64, inference: 96 } as const
