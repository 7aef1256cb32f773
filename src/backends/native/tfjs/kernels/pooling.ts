/** The largest and the mean of each window, and the gradient of the mean. */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core'
import { product } from '../../../tfjs/layout.ts'
import { argument, purpose, windowed } from '../../bindings.ts'
import { areFloats, type Call, computed, input, isWorthACall, type Kernel, sizeOf } from '../call.ts'
import type { Description } from '../computations.ts'
import { fits, isTaken, picture, type Window, window2D, window3D, windowKey } from './windows.ts'

function windowOf({ attributes }: Call, shape: readonly number[], isVolume: boolean): Window {
  const size = attributes.filterSize as never
  const strides = attributes.strides as never
  const pad = attributes.pad as never
  const rounding = attributes.dimRoundingMode as never
  return isVolume
    ? window3D(
        backend_util.computePool3DInfo(
          shape as never,
          size,
          strides,
          1,
          pad,
          rounding,
          (attributes.dataFormat ?? 'NDHWC') as never,
        ),
      )
    : window2D(backend_util.computePool2DInfo(shape as never, size, strides, 1, pad, rounding))
}

/** What both primitives take last. */
function movement(
  { strides, kernel, gaps, before, after }: Window,
  numbers: (list: readonly number[]) => number,
): number[] {
  return [strides, kernel, gaps, before, after].map(numbers)
}

function pooled(call: Call, algorithm: number, isVolume: boolean): TensorInfo | undefined {
  const x = input(call, 'x')
  const window = windowOf(call, x.shape, isVolume)
  if (!areFloats([x]) || !isTaken(window, true) || !isWorthACall(sizeOf(x))) return undefined
  const describe = (): Description => ({
    make: 'dnnl_pooling_forward_primitive_desc_create',
    operands: [
      { as: argument.source, ...picture(window, window.inChannels, window.from) },
      { as: argument.destination, ...picture(window, window.outChannels, window.to) },
    ],
    parameters: ([from = 0, to = 0], numbers) => [
      purpose.inference,
      algorithm,
      from,
      to,
      ...movement(window, numbers),
    ],
  })
  return computed(call.backend, `pool ${algorithm} ${windowKey(window)}`, describe, [x], window.shape)
}

/** As TensorFlow.js's plain backend has it: each of a window's places gets an equal share, those that lie in the padding too. */
function meanGradient(call: Call, isVolume: boolean): TensorInfo | undefined {
  const [dy, x] = [input(call, 'dy'), input(call, 'input')]
  const window = windowOf(call, x.shape, isVolume)
  if (!areFloats([dy]) || !fits(window, dy) || !isTaken(window, true) || !isWorthACall(product(x.shape)))
    return undefined
  const algorithm = windowed.averageOfAll
  const describe = (): Description => ({
    make: 'dnnl_pooling_backward_primitive_desc_create',
    operands: [
      { as: argument.gradient, ...picture(window, window.outChannels, window.to) },
      { as: argument.sourceGradient, ...picture(window, window.inChannels, window.from) },
    ],
    parameters: ([g = 0, to = 0], numbers) => [algorithm, to, g, ...movement(window, numbers)],
    forward: {
      make: 'dnnl_pooling_forward_primitive_desc_create',
      parameters: ([to = 0, from = 0], numbers) => [
        purpose.training,
        algorithm,
        from,
        to,
        ...movement(window, numbers),
      ],
    },
  })
  return computed(call.backend, `pool gradient ${windowKey(window)}`, describe, [dy], x.shape)
}

export const poolingKernels = {
  MaxPool: (call) => pooled(call, windowed.maximum, false),
  MaxPool3D: (call) => pooled(call, windowed.maximum, true),
  AvgPool: (call) => pooled(call, windowed.averageOfPresent, false),
  AvgPool3D: (call) => pooled(call, windowed.averageOfPresent, true),
  AvgPoolGrad: (call) => meanGradient(call, false),
  AvgPool3DGrad: (call) => meanGradient(call, true),
} satisfies { readonly [name: string]: Kernel }
