/**
 * Convolutions of pictures and volumes, by channel or across them, and their gradients. oneDNN orders the
 * filters as it likes; pictures stay as TensorFlow.js has them.
 */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core'
import { at, product, rowMajor } from '../../../tfjs/layout.ts'
import { argument, binary, type OneDnnFunction, purpose, windowed } from '../../bindings.ts'
import {
  addressIn,
  areFloats,
  type Call,
  computed,
  input,
  isWorthACall,
  type Kernel,
  numbersOf,
} from '../call.ts'
import type { Description, Extent, Operand, PostOp } from '../computations.ts'
import { activated } from './products.ts'
import { fusedCurve } from './unary.ts'
import { fits, isTaken, picture, type Window, window2D, window3D, windowKey } from './windows.ts'

/** Multiplications of host code that take as long as one element's share of a call. */
const multiplicationsAnElement = 4

interface Convolution {
  readonly window: Window
  /** A filter for each channel of the input alone. */
  readonly byChannel: boolean
}

/** The window that the attributes of a kernel describe, over an input and a filter of those shapes. */
function convolutionOf(
  { attributes }: Call,
  inputShape: readonly number[],
  filterShape: readonly number[],
  byChannel: boolean,
): Convolution {
  const strides = attributes.strides as never
  const dilations = (attributes.dilations ?? 1) as never
  const pad = attributes.pad as never
  if (inputShape.length === 5)
    return {
      window: window3D(
        backend_util.computeConv3DInfo(inputShape as never, filterShape as never, strides, dilations, pad),
      ),
      byChannel,
    }
  const format = byChannel
    ? 'channelsLast'
    : backend_util.convertConv2DDataFormat((attributes.dataFormat ?? 'NHWC') as never)
  return {
    window: window2D(
      backend_util.computeConv2DInfo(
        inputShape as never,
        filterShape as never,
        strides,
        dilations,
        pad,
        attributes.dimRoundingMode as never,
        byChannel,
        format,
      ),
    ),
    byChannel,
  }
}

/**
 * TensorFlow.js has [...places, in, out]. oneDNN needs [out, in, ...places], and by channel [channel,
 * multiple, 1, ...places].
 */
function filterOf({ window, byChannel }: Convolution): Extent {
  const { kernel, inChannels, outChannels } = window
  const last = outChannels / (byChannel ? inChannels : 1)
  const strides = rowMajor([...kernel, inChannels, last])
  const places = strides.slice(0, kernel.length)
  const [along, own] = [at(strides, kernel.length), 1]
  return byChannel
    ? { dims: [inChannels, last, 1, ...kernel], strides: [along, own, 1, ...places] }
    : { dims: [last, inChannels, ...kernel], strides: [own, along, ...places] }
}

function isWorthIt({ window, byChannel }: Convolution): boolean {
  const multiplications = product(window.shape) * product(window.kernel) * (byChannel ? 1 : window.inChannels)
  return isTaken(window) && isWorthACall(Math.ceil(multiplications / multiplicationsAnElement))
}

/** What all three primitives take last. */
function movement(
  { strides, gaps, before, after }: Window,
  numbers: (list: readonly number[]) => number,
): number[] {
  return [strides, gaps, before, after].map(numbers)
}

const forward = 'dnnl_convolution_forward_primitive_desc_create' satisfies OneDnnFunction

interface Ends {
  readonly input: Extent
  readonly filter: Extent
  readonly result: Extent
}

function endsOf(convolution: Convolution): Ends {
  const { window } = convolution
  return {
    input: picture(window, window.inChannels, window.from),
    filter: filterOf(convolution),
    result: picture(window, window.outChannels, window.to),
  }
}

function convolved(
  call: Call,
  byChannel: boolean,
  bias?: TensorInfo,
  activation = 'linear',
): TensorInfo | undefined {
  const { backend, attributes } = call
  const [x, filter] = [input(call, 'x'), input(call, 'filter')]
  const convolution = convolutionOf(call, x.shape, filter.shape, byChannel)
  const { window } = convolution
  if (!areFloats(bias === undefined ? [x, filter] : [x, filter, bias]) || !isWorthIt(convolution))
    return undefined
  const ends = endsOf(convolution)
  const postOps: PostOp[] = []
  if (bias !== undefined) {
    const count = product(bias.shape)
    if (count !== 1 && (count !== window.outChannels || bias.shape.length !== 1)) return undefined
    postOps.push({
      binary: binary.add,
      with: { dims: [1, count, ...window.to.map(() => 1)] },
    })
  }
  const curve = fusedCurve(activation, Number(attributes.leakyreluAlpha ?? 0))
  if (curve !== undefined) postOps.push(curve)
  const result = backend.output(window.shape, 'float32')
  const values = bias === undefined ? [x, filter, result] : [x, filter, result, bias]
  const key = `convolution ${byChannel} ${windowKey(window)} ${bias?.shape} ${curve?.eltwise} ${curve?.alpha}`
  const describe = (): Description => ({
    make: forward,
    operands: [
      { as: argument.source, ...ends.input },
      { as: argument.weights, ...ends.filter, free: 'read' },
      { as: argument.destination, ...ends.result },
    ],
    parameters: ([from = 0, with_ = 0, to = 0], numbers) => [
      purpose.inference,
      windowed.direct,
      from,
      with_,
      0,
      to,
      ...movement(window, numbers),
    ],
    postOps,
  })
  const addresses = values.map((value) => addressIn(backend, value))
  if (backend.computations.run(key, describe, addresses)) return result
  backend.disposeIntermediateTensorInfo(result)
  return undefined
}

type Gradient = Required<Pick<Description, 'forward'>>

/**
 * The forward primitive that a gradient belongs to: descriptors of input, filter and result are found by
 * index.
 */
function forwardOf(window: Window, order: readonly [number, number, number]): Gradient['forward'] {
  return {
    make: forward,
    parameters: (descriptors, numbers) => {
      const [from = 0, with_ = 0, to = 0] = order.map((i) => descriptors[i] ?? 0)
      return [purpose.training, windowed.direct, from, with_, 0, to, ...movement(window, numbers)]
    },
  }
}

function inputGradient(call: Call, byChannel: boolean): TensorInfo | undefined {
  const [dy, filter] = [input(call, 'dy'), input(call, 'filter')]
  const shape = numbersOf(call.attributes.inputShape)
  const convolution = convolutionOf(call, shape, filter.shape, byChannel)
  const { window } = convolution
  if (!areFloats([dy, filter]) || !fits(window, dy) || !isWorthIt(convolution)) return undefined
  const ends = endsOf(convolution)
  const operands: Operand[] = [
    { as: argument.gradient, ...ends.result },
    { as: argument.weights, ...ends.filter, free: 'read' },
    { as: argument.sourceGradient, ...ends.input },
  ]
  const describe = (): Description => ({
    make: 'dnnl_convolution_backward_data_primitive_desc_create',
    operands,
    parameters: ([g = 0, filterOf_ = 0, to = 0], numbers) => [
      windowed.direct,
      to,
      filterOf_,
      g,
      ...movement(window, numbers),
    ],
    forward: forwardOf(window, [2, 1, 0]),
  })
  const key = `convolution input ${byChannel} ${windowKey(window)}`
  return computed(call.backend, key, describe, [dy, filter], window.inputShape)
}

function filterGradient(call: Call, byChannel: boolean): TensorInfo | undefined {
  const [x, dy] = [input(call, 'x'), input(call, 'dy')]
  const shape = numbersOf(call.attributes.filterShape)
  const convolution = convolutionOf(call, x.shape, shape, byChannel)
  const { window } = convolution
  if (!areFloats([x, dy]) || !fits(window, dy) || !isWorthIt(convolution)) return undefined
  const ends = endsOf(convolution)
  const operands: Operand[] = [
    { as: argument.source, ...ends.input },
    { as: argument.gradient, ...ends.result },
    { as: argument.weightsGradient, ...ends.filter, free: 'written' },
  ]
  const describe = (): Description => ({
    make: 'dnnl_convolution_backward_weights_primitive_desc_create',
    operands,
    parameters: ([from = 0, g = 0, to = 0], numbers) => [
      windowed.direct,
      from,
      to,
      0,
      g,
      ...movement(window, numbers),
    ],
    forward: forwardOf(window, [0, 2, 1]),
  })
  const key = `convolution filter ${byChannel} ${windowKey(window)}`
  return computed(call.backend, key, describe, [x, dy], shape)
}

function fused(byChannel: boolean): Kernel {
  return (call) => {
    const { inputs, attributes, backend } = call
    const activation = String(attributes.activation ?? 'linear')
    // Slopes by channel are along the last axis only if the channels are.
    if (activation === 'prelu' && attributes.dataFormat === 'NCHW') return undefined
    const result = convolved(call, byChannel, inputs.bias ?? undefined, activation)
    if (result === undefined) return undefined
    return activated(backend, result, activation, inputs.preluActivationWeights)
  }
}

export const convolutionKernels = {
  Conv2D: (call) => convolved(call, false),
  Conv2DBackpropInput: (call) => inputGradient(call, false),
  Conv2DBackpropFilter: (call) => filterGradient(call, false),
  FusedConv2D: fused(false),
  DepthwiseConv2dNative: (call) => convolved(call, true),
  DepthwiseConv2dNativeBackpropInput: (call) => inputGradient(call, true),
  DepthwiseConv2dNativeBackpropFilter: (call) => filterGradient(call, true),
  FusedDepthwiseConv2D: fused(true),
  Conv3D: (call) => convolved(call, false),
  Conv3DBackpropInputV2: (call) => inputGradient(call, false),
  Conv3DBackpropFilterV2: (call) => filterGradient(call, false),
} satisfies { readonly [name: string]: Kernel }
