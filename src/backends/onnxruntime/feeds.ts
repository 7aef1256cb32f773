/** What a run of a model is given: the request's values as ONNX Runtime takes them. */

import { GraphError } from '../../graph/graph.ts'
import { concreteShape, concreteSize } from '../../graph/type.ts'
import { sizeInput } from '../../onnx/onnx-graph.ts'
import type { OnnxDType } from '../../onnx/protobuf.ts'
import { batchInput } from '../../onnx/translate.ts'
import { hostView } from '../../run/host.ts'
import type { HostTensor, RunRequest } from '../../run/runner.ts'
import type { MaskRequest } from './masks.ts'
import type { TranslatedGraph } from './translate.ts'

/** A value that a run is given. */
export interface Feed {
  readonly type: OnnxDType
  readonly data: ArrayBufferView
  readonly shape: readonly number[]
}

/**
 * The inputs of a model that its caller has: sizes of the batch, and the batch. Throws GraphError where one
 * is missing.
 */
export function feedsOf(
  translated: Pick<TranslatedGraph, 'sizes' | 'inputs'>,
  { sizes, inputs }: RunRequest,
): Map<string, Feed> {
  const feeds = new Map<string, Feed>()
  for (const symbol of translated.sizes) {
    const size = BigInt(concreteSize(symbol, sizes))
    feeds.set(sizeInput(symbol), { type: 'i64', data: BigInt64Array.of(size), shape: [1] })
  }
  for (const name of translated.inputs) {
    const value = inputs.get(name)
    if (value === undefined) throw new GraphError(`onnxruntime: no input ${name}`)
    const data = hostView(value.dtype, value.data)
    feeds.set(batchInput(name), { type: value.dtype, data, shape: value.shape })
  }
  return feeds
}

/** The dropout masks of a model, which are drawn outside. */
export function masksOf(
  { masks }: Pick<TranslatedGraph, 'masks'>,
  { inputs, sizes }: RunRequest,
): MaskRequest[] {
  return [...masks].map(([name, node]) => {
    const [samples, places] = node.inputs.map((input) =>
      integersOf(inputs.get(String(input.attributes.name))),
    )
    return {
      name,
      op: node.op === 'dropout_keep' ? 'dropout_keep' : 'dropout_mask',
      site: String(node.attributes.site),
      rate: Number(node.attributes.rate),
      axes: node.type.dimensions.map(({ axis }) => axis),
      shape: concreteShape(node.type, sizes),
      samples: samples ?? new Int32Array(0),
      ...(places === undefined ? {} : { positions: { places, L: sizes.L } }),
    }
  })
}

function integersOf(tensor: HostTensor | undefined): Int32Array {
  return tensor?.data instanceof Int32Array ? tensor.data : Int32Array.from(tensor?.data ?? [])
}
