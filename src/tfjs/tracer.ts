/**
 * Makes calls of TensorFlow.js over tensors with named axes: a value has the axes of its type, in canonical
 * order, and operands are lined up by giving them axes of size 1.
 */
import { type Axis, type Dimension, type DType, GraphError, type TensorType } from '../graph/graph.ts'
import { binaryFunctions, type Call, type Given, type Tensor, unaryFunctions } from './call.ts'
import { type Extent, productOf, reshapeSizes, sameExtent } from './extent.ts'

/** A tensor and what our graph knows of it. */
export interface Operand {
  readonly tensor: Tensor
  readonly type: TensorType
}

export class Tracer {
  private readonly known = new Map<string, Tensor>()
  private readonly ids = new Map<Tensor, number>()

  /** Equal calls are one. */
  call(given: Given, inputs: readonly Tensor[], shape: readonly Extent[], dtype: DType): Tensor {
    const key = JSON.stringify([given, inputs.map((input) => this.idOf(input))])
    const known = this.known.get(key)
    if (known !== undefined) return known
    const made: Tensor = { shape, dtype, from: { call: { given, inputs } } }
    this.known.set(key, made)
    return made
  }

  number(value: number): Tensor {
    const key = Object.is(value, -0) ? '-0' : String(value)
    const known = this.known.get(key)
    const made: Tensor = known ?? { shape: [], dtype: 'f32', from: { number: value } }
    this.known.set(key, made)
    return made
  }

  private idOf(tensor: Tensor): number {
    const id = this.ids.get(tensor) ?? this.ids.size
    this.ids.set(tensor, id)
    return id
  }

  // ------------------------------------------------------------ shapes

  reshape(x: Tensor, shape: readonly Extent[]): Tensor {
    if (sameShape(x.shape, shape)) return x
    return (
      keptReduction(this, x, shape) ??
      this.call({ name: 'reshape', shape: reshapeSizes(shape) }, [x], shape, x.dtype)
    )
  }

  transpose(x: Tensor, order: readonly number[]): Tensor {
    if (order.every((place, i) => place === i)) return x
    const shape = order.map((place) => extentAt(x.shape, place))
    return this.call({ name: 'transpose', order }, [x], shape, x.dtype)
  }

  /** From axes in one order to the same axes in another one. */
  arranged(x: Tensor, from: readonly Axis[], to: readonly Axis[]): Tensor {
    return this.transpose(
      x,
      to.map((axis) => from.indexOf(axis)),
    )
  }

  /** `size` entries along a dimension; -1 stands for all of another one. */
  slice(x: Tensor, dimension: number, begin: Extent, size: Extent): Tensor {
    const all = x.shape.map((_, d) => d === dimension)
    return this.call(
      {
        name: 'slice',
        begin: all.map((own) => (own ? begin : 0)),
        size: all.map((own) => (own ? size : -1)),
      },
      [x],
      x.shape.map((extent, d) => (d === dimension ? size : extent)),
      x.dtype,
    )
  }

  /** Zeros before and after along a dimension, which has `size` entries then. */
  pad(x: Tensor, dimension: number, before: Extent, after: Extent, size: Extent): Tensor {
    const paddings = x.shape.map((_, d): readonly [Extent, Extent] =>
      d === dimension ? [before, after] : [0, 0],
    )
    const shape = x.shape.map((extent, d) => (d === dimension ? size : extent))
    return this.call({ name: 'pad', paddings }, [x], shape, x.dtype)
  }

  /**
   * With axes of size 1 where an operand lacks those of `dimensions`, but for the first ones: TensorFlow.js
   * lines dimensions up from the last one.
   */
  aligned({ tensor, type }: Operand, dimensions: readonly Dimension[]): Tensor {
    const own = new Map(type.dimensions.map(({ axis, size }) => [axis, size]))
    const first = dimensions.findIndex(({ axis }) => own.has(axis))
    if (first < 0) return tensor
    return this.reshape(
      tensor,
      dimensions.slice(first).map(({ axis }) => own.get(axis) ?? 1),
    )
  }

  /** One dimension in place of neighbouring ones: `groups` are how many of them make one. */
  merged(x: Tensor, groups: readonly number[]): Tensor {
    const ends = groups.map((_, i) => groups.slice(0, i + 1).reduce((sum, count) => sum + count, 0))
    const shape = groups.map((count, i) => productOf(x.shape.slice((ends[i] ?? 0) - count, ends[i])))
    return this.reshape(x, shape)
  }
}

/**
 * What is computed element by element of a sum or an extreme, with the axes kept that it went over, in place
 * of their being put back.
 */
function keptReduction(tracer: Tracer, x: Tensor, shape: readonly Extent[]): Tensor | undefined {
  if (!('call' in x.from)) return undefined
  const { given, inputs }: Call = x.from.call
  const [input] = inputs
  if (given.name === 'sum' || given.name === 'max' || given.name === 'min') {
    if (given.keepDims || input === undefined) return undefined
    const kept = input.shape.map((extent, d) => (given.axes.includes(d) ? 1 : extent))
    return sameShape(kept, shape)
      ? tracer.call({ ...given, keepDims: true }, [input], kept, x.dtype)
      : undefined
  }
  if (!elementwise.has(given.name)) return undefined
  const made = inputs.map((one) =>
    'number' in one.from
      ? one
      : sameShape(one.shape, x.shape)
        ? keptReduction(tracer, one, shape)
        : undefined,
  )
  const all = made.filter((one) => one !== undefined)
  return all.length === inputs.length ? tracer.call(given, all, shape, x.dtype) : undefined
}

const elementwise: ReadonlySet<string> = new Set([...unaryFunctions, ...binaryFunctions, 'where'])

export function sameShape(a: readonly Extent[], b: readonly Extent[]): boolean {
  return a.length === b.length && a.every((extent, i) => sameExtent(extent, b[i] ?? -1))
}

export function extentAt(shape: readonly Extent[], dimension: number): Extent {
  const extent = shape[dimension]
  if (extent === undefined) throw new GraphError(`no dimension ${dimension} of ${shape.length}`)
  return extent
}

export function shapeOf(type: TensorType): Extent[] {
  return type.dimensions.map(({ size }) => size)
}

export function axesOf(type: TensorType): Axis[] {
  return type.dimensions.map(({ axis }) => axis)
}
