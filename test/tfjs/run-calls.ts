/** Makes the calls of TensorFlow.js that src/tfjs says, at sizes of a batch. */
import * as tf from '@tensorflow/tfjs-core'
import type { BatchSizes, RandomKey } from '../../src/graph/graph.ts'
import { dropoutMask } from '../../src/graph/philox.ts'
import { toAxis } from '../../src/graph/type.ts'
import { type Call, callsOf, type Tensor } from '../../src/tfjs/call.ts'
import { concreteExtent, type Extent } from '../../src/tfjs/extent.ts'

export interface Batch {
  readonly sizes: BatchSizes
  readonly random: RandomKey
}

/** The value of a tensor whose calls are made on `inputs`. */
export function runCalls(root: Tensor, inputs: readonly tf.Tensor[], batch: Batch): tf.Tensor {
  const values = new Map<Tensor, tf.Tensor>()
  const of = (tensor: Tensor): tf.Tensor => {
    const { from } = tensor
    const value =
      'input' in from ? inputs[from.input] : 'number' in from ? tf.scalar(from.number) : values.get(tensor)
    if (value === undefined) throw new Error('a tensor is read before it is made')
    return value
  }
  for (const tensor of callsOf(root)) {
    if (!('call' in tensor.from)) continue
    const made = runCall(tensor.from.call, tensor.from.call.inputs.map(of), batch)
    values.set(tensor, made)
    const shape = tensor.shape.map((extent) => concreteExtent(extent, batch.sizes))
    if (made.shape.join() !== shape.join())
      throw new Error(`${tensor.from.call.given.name}: [${made.shape}] in place of [${shape}]`)
  }
  return of(root)
}

function runCall({ given }: Call, inputs: readonly tf.Tensor[], { sizes, random }: Batch): tf.Tensor {
  const [a = tf.scalar(0), b = a, c = b] = inputs
  const numbers = (extents: readonly Extent[]): number[] =>
    extents.map((extent) => (extent === -1 ? -1 : concreteExtent(extent, sizes)))
  switch (given.name) {
    case 'where':
      return tf.where(a, b, c)
    case 'gather':
      return tf.gather(a, b)
    case 'sum':
    case 'max':
    case 'min':
      return { sum: tf.sum, max: tf.max, min: tf.min }[given.name](a, [...given.axes], given.keepDims)
    case 'cast':
      return tf.cast(a, given.dtype)
    case 'reshape':
      return tf.reshape(a, numbers(given.shape))
    case 'broadcastTo':
      return tf.broadcastTo(a, numbers(given.shape) as [number])
    case 'transpose':
      return tf.transpose(a, [...given.order])
    case 'slice':
      return tf.slice(a, numbers(given.begin), numbers(given.size))
    case 'pad':
      return tf.pad(
        a,
        given.paddings.map(([before, after]) => [
          concreteExtent(before, sizes),
          concreteExtent(after, sizes),
        ]),
      )
    case 'concat':
      return tf.concat([...inputs], given.axis)
    case 'matMul':
      return tf.matMul(a, b, given.transposeA, given.transposeB)
    case 'scatterND':
      return tf.scatterND(a, b, numbers(given.shape) as [number])
    case 'oneHot':
      return tf.oneHot(a, concreteExtent(given.depth, sizes), 1, 0, 'float32')
    case 'dropoutMask': {
      const { site, rate } = given
      const shape = numbers(given.shape)
      const out = new Float32Array(shape.reduce((product, n) => product * n, 1))
      const samples = a.dataSync()
      const positions = inputs.length > 1 ? { positions: { places: b.dataSync(), L: sizes.L } } : {}
      dropoutMask({ random, site, rate, axes: given.axes.map(toAxis), shape, samples, ...positions }, out)
      return tf.tensor(out, shape)
    }
    default:
      return inputs.length > 1 ? binary(given.name, a, b) : unary(given.name, a)
  }
}

function unary(name: string, x: tf.Tensor): tf.Tensor {
  const functions: { readonly [name: string]: unknown } = tf
  const f = functions[name]
  if (typeof f !== 'function') throw new Error(`no tf.${name}`)
  return f(x)
}

function binary(name: string, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const functions: { readonly [name: string]: unknown } = tf
  const f = functions[name]
  if (typeof f !== 'function') throw new Error(`no tf.${name}`)
  return f(a, b)
}
