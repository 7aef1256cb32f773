/** Windows that move over pictures and volumes in oneDNN's terms, for convolutions and pooling. */
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core'
import { at, product, rowMajor } from '../../../tfjs/layout.ts'
import type { Extent } from '../computations.ts'

/** Lists along depth (of volumes), height and width. */
export interface Window {
  readonly batch: number
  readonly inChannels: number
  readonly outChannels: number
  readonly channelsLast: boolean
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  /** Between elements of a window: 0 where they are neighbours. */
  readonly gaps: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** Of the result, as TensorFlow.js has it. */
  readonly shape: readonly number[]
  /** Of the input. */
  readonly inputShape: readonly number[]
}

export function window2D(info: backend_util.Conv2DInfo): Window {
  const { padInfo } = info
  return windowOf(info, {
    from: [info.inHeight, info.inWidth],
    to: [info.outHeight, info.outWidth],
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    before: [padInfo.top, padInfo.left],
  })
}

export function window3D(info: backend_util.Conv3DInfo): Window {
  const { padInfo } = info
  return windowOf(info, {
    from: [info.inDepth, info.inHeight, info.inWidth],
    to: [info.outDepth, info.outHeight, info.outWidth],
    kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    before: [padInfo.front, padInfo.top, padInfo.left],
  })
}

type Sides = Pick<Window, 'from' | 'to' | 'kernel' | 'strides' | 'before'> & {
  readonly dilations: readonly number[]
}

function windowOf(info: backend_util.Conv2DInfo | backend_util.Conv3DInfo, sides: Sides): Window {
  const { from, to, kernel, strides, before, dilations } = sides
  // What the last window reaches beyond the end. oneDNN derives the number of windows from it,
  // TensorFlow.js's rounding is in `to`.
  const after = to.map((n, d) => {
    const width = (at(kernel, d) - 1) * at(dilations, d) + 1
    return Math.max(0, (n - 1) * at(strides, d) + width - at(from, d) - at(before, d))
  })
  return {
    batch: info.batchSize,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
    channelsLast: info.dataFormat === 'channelsLast',
    from,
    to,
    kernel,
    strides,
    gaps: dilations.map((n) => n - 1),
    before,
    after,
    shape: info.outShape,
    inputShape: info.inShape,
  }
}

/** [batch, channel, ...places], where TensorFlow.js may have the channels last. */
export function picture(
  { batch, channelsLast }: Window,
  channels: number,
  places: readonly number[],
): Extent {
  const dims = [batch, channels, ...places]
  if (!channelsLast) return { dims, strides: rowMajor(dims) }
  const inner = rowMajor([...places, channels])
  return { dims, strides: [product(places) * channels, 1, ...inner.slice(0, -1)] }
}

/** Tells windows apart. */
export function windowKey(window: Window): string {
  const { batch, inChannels, outChannels, channelsLast, from, to, kernel, strides, gaps, before } = window
  return `${batch} ${inChannels} ${outChannels} ${channelsLast} ${from} ${to} ${kernel} ${strides} ${gaps} ${before}`
}

/** Whether oneDNN supports it: no empty pictures, and no window that may be entirely outside its picture. */
export function isTaken(
  { shape, inputShape, kernel, gaps, before, after }: Window,
  isPooling = false,
): boolean {
  if ([...shape, ...inputShape, ...kernel].some((n) => n <= 0)) return false
  return (
    !isPooling ||
    kernel.every((n, d) => {
      const width = (n - 1) * (at(gaps, d) + 1) + 1
      return at(before, d) < width && at(after, d) < width
    })
  )
}

/**
 * Whether a gradient has the shape of the result. TensorFlow.js takes larger ones, and reads a part of them.
 */
export function fits({ shape }: Window, gradient: TensorInfo): boolean {
  return shape.length === gradient.shape.length && shape.every((n, d) => n === gradient.shape[d])
}
