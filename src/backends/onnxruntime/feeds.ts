/** What a run of a model is given: the request's values as ONNX Runtime takes them. */
import { type DType, GraphError } from '../../graph/graph.ts'
import { concreteShape, concreteSize } from '../../graph/type.ts'
import { hostView } from '../../run/host.ts'
import type { HostTensor, RunRequest } from '../../run/runner.ts'
import { sizeInput } from './onnx-graph.ts'
import type { Feed, Feeds, MaskRequest } from './protocol.ts'
import { batchInput, type TranslatedGraph } from './translate.ts'

const feedTypes = { f32: 'float32', i32: 'int32', bool: 'bool' } as const satisfies {
  readonly [dtype in DType]: Feed['type']
}

/** The inputs of a model that its caller has: sizes of the batch, and the batch. Throws GraphError where one is missing. */
export function feedsOf(
  translated: Pick<TranslatedGraph, 'sizes' | 'inputs'>,
  { sizes, inputs }: RunRequest,
): Feeds {
  const feeds: { [name: string]: Feed } = {}
  for (const symbol of translated.sizes) {
    const size = BigInt(concreteSize(symbol, sizes))
    feeds[sizeInput(symbol)] = { type: 'int64', data: BigInt64Array.of(size), dims: [1] }
  }
  for (const name of translated.inputs) {
    const value = inputs.get(name)
    if (value === undefined) throw new GraphError(`onnxruntime: no input ${name}`)
    const data = hostView(value.dtype, value.data)
    feeds[batchInput(name)] = { type: feedTypes[value.dtype], data, dims: value.shape }
  }
  return feeds
}

/** The dropout masks of a model, which the thread draws. */
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
