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

/**
 * As in TensorFlow.js's plain backend, each position of a window gets an equal share, including positions in
 * the padding.
 */
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

/**
 * Host code: to the first of the largest of each window, as the plain backend has it. Only for float32,
 * channels last.
 */
const maximumGradient: Kernel = (call) => {
  const { backend } = call
  const [dy, x] = [input(call, 'dy'), input(call, 'input')]
  const window = windowOf(call, x.shape, false)
  if (!areFloats([dy, x]) || !fits(window, dy) || !isTaken(window, true) || !isWorthACall(sizeOf(x)))
    return undefined
  const result = backend.output(x.shape, 'float32')
  const [g, values, to] = [dy, x, result].map((one) =>
    backend.data.get(one.dataId).block?.floats(sizeOf(one)),
  )
  if (g === undefined || values === undefined || to === undefined) return undefined
  to.fill(0)
  const { batch, inChannels: channels, from, to: places, strides, kernel, before } = window
  const [height = 0, width = 0] = from
  const [rows = 0, columns = 0] = places
  const [down = 1, across = 1] = strides
  const [kernelHeight = 1, kernelWidth = 1] = kernel
  const [above = 0, left = 0] = before
  let place = 0
  for (let b = 0; b < batch; b++) {
    for (let r = 0; r < rows; r++) {
      const [top, bottom] = [Math.max(0, r * down - above), Math.min(height, r * down - above + kernelHeight)]
      for (let c = 0; c < columns; c++) {
        const [first, last] = [
          Math.max(0, c * across - left),
          Math.min(width, c * across - left + kernelWidth),
        ]
        for (let channel = 0; channel < channels; channel++, place++) {
          let most = Number.NEGATIVE_INFINITY
          let where = -1
          for (let y = top; y < bottom; y++) {
            let i = ((b * height + y) * width + first) * channels + channel
            for (let column = first; column < last; column++, i += channels) {
              const value = values[i] as number
              if (value > most) {
                most = value
                where = i
              }
            }
          }
          if (where >= 0) to[where] = (to[where] as number) + (g[place] as number)
        }
      }
    }
  }
  return result
}

export const poolingKernels = {
  MaxPoolGrad: maximumGradient,
  MaxPool: (call) => pooled(call, windowed.maximum, false),
  MaxPool3D: (call) => pooled(call, windowed.maximum, true),
  AvgPool: (call) => pooled(call, windowed.averageOfPresent, false),
  AvgPool3D: (call) => pooled(call, windowed.averageOfPresent, true),
  AvgPoolGrad: (call) => meanGradient(call, false),
  AvgPool3DGrad: (call) => meanGradient(call, true),
} satisfies { readonly [name: string]: Kernel }
