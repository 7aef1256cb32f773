/** Batch normalization with given moments: one pass over the values. */
import { at } from '../../../tfjs/layout.ts'
import { argument, binary } from '../../bindings.ts'
import { addressIn, areFloats, input, isWorthACall, type Kernel, sizeOf } from '../call.ts'
import type { Description } from '../computations.ts'

const defaultEpsilon = 0.001

/**
 * (x - mean) scale / sqrt(variance + epsilon) + offset, by channel along the last axis; other shapes are host
 * code's.
 */
const fusedBatchNorm: Kernel = (call) => {
  const { backend, inputs, attributes } = call
  const [x, mean, variance] = [input(call, 'x'), input(call, 'mean'), input(call, 'variance')]
  const channels = at(x.shape, x.shape.length - 1)
  const given = [mean, variance, inputs.scale, inputs.offset].flatMap((value) => (value ? [value] : []))
  const isByChannel = given.every(({ shape }) => shape.length === 1 && shape[0] === channels)
  if (!isByChannel || !areFloats([x, ...given]) || !isWorthACall(sizeOf(x))) return undefined
  const epsilon = Number(attributes.varianceEpsilon ?? defaultEpsilon)
  const numbers = (of: typeof mean | undefined): Float32Array | undefined =>
    of && backend.data.get(of.dataId).block?.floats(channels)
  const [spread, scales, offsets] = [numbers(variance), numbers(inputs.scale), numbers(inputs.offset)]
  const factors = Float32Array.from(
    { length: channels },
    (_, c) => (scales?.[c] ?? 1) / Math.sqrt((spread?.[c] ?? 0) + epsilon),
  )
  const factor = backend.makeTensorInfo([channels], 'float32', factors)
  const offset = backend.makeTensorInfo([channels], 'float32', offsets ?? new Float32Array(channels))
  const result = backend.output(x.shape, 'float32')
  const dims = [sizeOf(x) / channels, channels]
  const row = { dims: [1, channels] }
  const describe = (): Description => ({
    make: 'dnnl_binary_primitive_desc_create',
    operands: [
      { as: argument.source, dims },
      { as: argument.source1, ...row },
      { as: argument.destination, dims },
    ],
    parameters: ([a = 0, b = 0, y = 0]) => [binary.subtract, a, b, y],
    postOps: [
      { binary: binary.multiply, with: row },
      { binary: binary.add, with: row },
    ],
  })
  const addresses = [x, mean, result, factor, offset].map((value) => addressIn(backend, value))
  const done = backend.computations.run(`batch norm ${dims}`, describe, addresses)
  for (const value of done ? [factor, offset] : [factor, offset, result])
    backend.disposeIntermediateTensorInfo(value)
  return done ? result : undefined
}

export const normalizationKernels = { FusedBatchNorm: fusedBatchNorm } satisfies {
  readonly [name: string]: Kernel
}
