/**
 * Ops that are primitives of oneDNN, used if no kernel in C has them, above all without a compiler:
 * activations and their gradients, arithmetic, normalisation, and moves. Small values and other types use
 * kernels over typed arrays. So do ops whose primitive hides a NaN: relu gives 0 for it, exp infinity, and
 * softmax leaves it in its place and not in the row.
 */
import type { Held, Kernel, KernelTable, RunContext } from '../../run/device.ts'
import { inputOf, type Site } from '../../run/site.ts'
import { addressOf } from '../foreign/held.ts'
import { numberOf } from '../tfjs/attributes.ts'
import { shared } from '../tfjs/kernels/move.ts'
import { at, collapse, product, splitAt, stridesAlong } from '../tfjs/layout.ts'
import { keepsOrder, type MoveOp, movements, moveOps } from '../tfjs/movement.ts'
import { argument, binary, eltwise, purpose } from './bindings.ts'
import type { Computations, Description } from './tfjs/computations.ts'

/** Fewer elements are done by host code before a call has begun. */
const leastElements = 512

const flags = { scale: 2, shift: 4 } as const

function isFit(site: Site): boolean {
  const all = [...site.inputs, site.output]
  return site.output.size >= leastElements && all.every(({ dtype, size }) => dtype === 'f32' && size > 0)
}

function heldAt(inputs: readonly Held[], index: number): Held {
  const held = inputs[index]
  if (held === undefined) throw new Error(`a primitive without input ${index}`)
  return held
}

/**
 * The result of a primitive whose operands are some inputs, then the result. It is written over an input if
 * the plan allows it and `overwrites` is set.
 */
function ran(
  computations: Computations,
  key: string,
  describe: () => Description,
  operands: readonly Held[],
  shape: readonly number[],
  { device, over }: RunContext,
  overwrites = true,
): Held {
  const result =
    over === undefined || !overwrites ? device.allocate(shape, 'float32') : device.alias(over, shape)
  if (computations.run(key, describe, [...operands, result].map(addressOf))) return result
  throw new Error(`oneDNN has no ${key}`)
}

function forward(computations: Computations, name: string, number: number): Kernel {
  return (site) => {
    if (!isFit(site)) return undefined
    const { size, shape } = site.output
    const dims = [size]
    const describe = (): Description => ({
      make: 'dnnl_eltwise_forward_primitive_desc_create',
      operands: [
        { as: argument.source, dims },
        { as: argument.destination, dims },
      ],
      parameters: ([x = 0, y = 0]) => [purpose.inference, number, x, y, 0, 0],
    })
    const key = `${name} ${size}`
    return (inputs, context) => ran(computations, key, describe, [heldAt(inputs, 0)], shape, context)
  }
}

/** f'(x) g. Inputs x, g. */
function backward(computations: Computations, name: string, number: number): Kernel {
  return (site) => {
    if (!isFit(site)) return undefined
    const { size, shape } = site.output
    const dims = [size]
    const describe = (): Description => ({
      make: 'dnnl_eltwise_backward_primitive_desc_create',
      operands: [
        { as: argument.source, dims },
        { as: argument.gradient, dims },
        { as: argument.sourceGradient, dims },
      ],
      parameters: ([x = 0, g = 0, result = 0]) => [number, result, g, x, 0, 0],
      forward: {
        make: 'dnnl_eltwise_forward_primitive_desc_create',
        parameters: ([x = 0]) => [purpose.training, number, x, x, 0, 0],
      },
    })
    const key = `gradient of ${name} ${size}`
    return (inputs, context) =>
      ran(computations, key, describe, [heldAt(inputs, 0), heldAt(inputs, 1)], shape, context)
  }
}

/**
 * The first operand has the result's shape; the second may lack axes. Where it is the other way round, they
 * change places if the op does not mind.
 */
function arithmetic(computations: Computations, name: string, number: number, commutes: boolean): Kernel {
  return (site) => {
    if (!isFit(site)) return undefined
    const { axes, shape } = site.output
    const [a, b] = [inputOf(site, 0), inputOf(site, 1)]
    const swapped = commutes && a.size < b.size
    const [first, second] = swapped ? [b, a] : [a, b]
    const strides = [first, second, site.output].map((operand) => stridesAlong(operand, axes))
    const nest = collapse({ shape, strides })
    const [along = [], other = [], result = []] = nest.strides
    if (first.size !== site.output.size) return undefined
    const dims = nest.shape
    const spread = dims.map((n, d) => (at(other, d) === 0 ? 1 : n))
    const describe = (): Description => ({
      make: 'dnnl_binary_primitive_desc_create',
      operands: [
        { as: argument.source, dims, strides: along },
        {
          as: argument.source1,
          dims: spread,
          strides: spread.map((n, d) => (n === 1 ? 1 : at(other, d))),
        },
        { as: argument.destination, dims, strides: result },
      ],
      parameters: ([x = 0, y = 0, z = 0]) => [number, x, y, z],
    })
    const key = `${name} ${dims} by ${spread} ${other}`
    const [i, j] = swapped ? [1, 0] : [0, 1]
    return (inputs, context) => {
      const [x, y] = [heldAt(inputs, i), heldAt(inputs, j)]
      return ran(computations, key, describe, [x, y], site.output.shape, context, context.over === x)
    }
  }
}

function layerNorm(computations: Computations): Kernel {
  return (site) => {
    if (!isFit(site)) return undefined
    const { outer, n, inner } = splitAt(site.output, 'unit')
    if (inner !== 1) return undefined
    const epsilon = numberOf(site, 'epsilon')
    const dims = [outer, n]
    const describe = (): Description => ({
      make: 'dnnl_layer_normalization_forward_primitive_desc_create',
      operands: [
        { as: argument.source, dims },
        { as: argument.scale, dims: [n] },
        { as: argument.shift, dims: [n] },
        { as: argument.destination, dims },
      ],
      parameters: ([x = 0, , , y = 0]) => [purpose.inference, x, y, 0, epsilon, flags.scale | flags.shift],
    })
    const key = `layer_norm ${dims} ${epsilon}`
    return (inputs, context) =>
      ran(
        computations,
        key,
        describe,
        [heldAt(inputs, 0), heldAt(inputs, 1), heldAt(inputs, 2)],
        site.output.shape,
        context,
      )
  }
}

/**
 * Moves that fill their result, as copies between orders of elements; `otherwise` where an element goes to
 * many places.
 */
function move(computations: Computations, op: MoveOp): Kernel {
  return (site) => {
    if (!isFit(site)) return undefined
    const movement = movements[op](site)
    if (keepsOrder(movement, site)) return shared(site)
    if (!movement.fills) return undefined
    const copies = movement.copies.map(({ input, shape, from, to }) => {
      const nest = collapse({ shape, strides: [from.strides, to.strides] })
      return { input, from: from.base, to: to.base, dims: nest.shape, strides: nest.strides }
    })
    const spreads = copies.some(({ dims, strides }) =>
      strides.some((steps) => steps.some((step, d) => step === 0 && at(dims, d) > 1)),
    )
    if (spreads || copies.some(({ dims }) => product(dims) === 0)) return undefined
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      for (const { input, from, to, dims, strides } of copies) {
        const [read = [], written = []] = strides
        const describe = (): Description => ({
          make: 'dnnl_reorder_primitive_desc_create',
          operands: [
            { as: argument.source, dims, strides: read },
            { as: argument.destination, dims, strides: written },
          ],
          parameters: ([x = 0, y = 0], _numbers, engine) => [x, engine, y, engine],
        })
        const places = [addressOf(heldAt(inputs, input)) + 4 * from, addressOf(result) + 4 * to]
        if (!computations.run(`move ${dims} ${read} to ${written}`, describe, places))
          throw new Error(`oneDNN does not copy [${dims}]`)
      }
      return result
    }
  }
}

export function primitiveOps(computations: Computations): KernelTable {
  const of = <T>(table: { readonly [op: string]: T }, make: (op: string, entry: T) => Kernel) =>
    Object.fromEntries(Object.entries(table).map(([op, entry]) => [op, make(op, entry)]))
  const curves = {
    gelu: eltwise.gelu,
    gelu_tanh: eltwise.geluTanh,
    tanh: eltwise.tanh,
    sigmoid: eltwise.logistic,
    square: eltwise.square,
    abs: eltwise.abs,
    sqrt: eltwise.sqrt,
  }
  // that of gelu_tanh is not as exact as it must be
  const gradients = { gelu_gradient: eltwise.gelu }
  const sums = { add: binary.add, multiply: binary.multiply }
  const differences = { subtract: binary.subtract, divide: binary.divide }
  return {
    ...of(curves, (op, number) => forward(computations, op, number)),
    ...of(gradients, (op, number) => backward(computations, op, number)),
    ...of(sums, (op, number) => arithmetic(computations, op, number, true)),
    ...of(differences, (op, number) => arithmetic(computations, op, number, false)),
    layer_norm: layerNorm(computations),
    ...Object.fromEntries(moveOps.map((op) => [op, move(computations, op)])),
  }
}
