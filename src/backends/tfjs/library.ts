/**
 * Ops by the kernels of TensorFlow.js itself, called through its registry: for backends whose memory host
 * code cannot reach. Operands are lined up by giving them the result's axes, with size 1 where they have
 * none.
 */
import type { Axis } from '../../graph/graph.ts'
import type { OpKey } from '../../graph/ops/index.ts'
import type { Device, Held, Kernel, KernelAttributes, KernelTable } from '../../run/device.ts'
import { inputOf, type Operand, type Site } from '../../run/site.ts'
import { axesOf, axisOf, numberOf, optionalNumberOf } from './attributes.ts'
import { decomposed } from './decomposed.ts'
import { type Group, groupingOf } from './grouping.ts'
import { at } from './layout.ts'

/** Shape of an operand along some axes: its own sizes, 1 along axes that it lacks. */
function shapeAlong(operand: Operand, axes: readonly Axis[]): number[] {
  return axes.map((axis) => {
    const i = operand.axes.indexOf(axis)
    return i < 0 ? 1 : at(operand.shape, i)
  })
}

function held(inputs: readonly Held[], index: number): Held {
  const input = inputs[index]
  if (input === undefined) throw new Error(`a kernel without input ${index}`)
  return input
}

/** Runs `use` with a value that is released after it. */
function using(device: Device, value: Held, use: (value: Held) => Held): Held {
  try {
    return use(value)
  } finally {
    device.release(value)
  }
}

function reshaped(device: Device, value: Held, shape: readonly number[]): Held {
  return using(device, value, (x) => device.alias(x, shape))
}

function unary(name: string): Kernel {
  return ({ output }) =>
    output.dtype === 'i32'
      ? undefined
      : (inputs, { device }) => device.kernel(name, { x: held(inputs, 0) }, {})
}

function binary(name: string): Kernel {
  return (site) => {
    if (site.inputs.some((input) => input.dtype === 'i32') && site.output.dtype !== 'bool') return undefined
    const { axes } = site.output
    const [left, right] = [shapeAlong(inputOf(site, 0), axes), shapeAlong(inputOf(site, 1), axes)]
    return (inputs, { device }) =>
      using(device, device.alias(held(inputs, 0), left), (a) =>
        using(device, device.alias(held(inputs, 1), right), (b) => device.kernel(name, { a, b }, {})),
      )
  }
}

function reduction(name: string, attribute: string, axes: (site: Site) => readonly Axis[]): Kernel {
  return (site) => {
    const input = inputOf(site, 0)
    const along = axes(site).map((axis) => input.axes.indexOf(axis))
    if (input.dtype !== 'f32' || along.length === 0) return undefined
    const attributes: KernelAttributes = { [attribute]: along, keepDims: false }
    return (inputs, { device }) => device.kernel(name, { x: held(inputs, 0) }, attributes)
  }
}

/** A value put into the order of `permutation` and given a shape. */
function turned(
  device: Device,
  x: Held,
  before: readonly number[],
  permutation: readonly number[],
  after: readonly number[],
): Held {
  const inOrder = permutation.every((d, i) => d === i)
  return using(device, device.alias(x, before), (value) =>
    inOrder
      ? device.alias(value, after)
      : reshaped(device, device.kernel('Transpose', { x: value }, { perm: [...permutation] }), after),
  )
}

/**
 * Moves that are an order of axes: the input's shape (an axis split, perhaps), what is put where, the
 * result's shape.
 */
function order(
  of: (site: Site) => {
    readonly axes: readonly Axis[]
    readonly shape: readonly number[]
    readonly wanted: readonly Axis[]
  },
): Kernel {
  return (site) => {
    const { axes, shape, wanted } = of(site)
    const permutation = wanted.map((axis) => axes.indexOf(axis))
    return (inputs, { device }) => turned(device, held(inputs, 0), shape, permutation, site.output.shape)
  }
}

const rename = order((site) => {
  const { axes, shape } = inputOf(site, 0)
  const [from, to] = [axisOf(site, 'from'), axisOf(site, 'to')]
  return { axes: axes.map((axis) => (axis === from ? to : axis)), shape, wanted: site.output.axes }
})

const split = order((site) => {
  const input = inputOf(site, 0)
  const sizes = shapeAlong(site.output, ['head', 'unit'])
  const both = (axis: Axis): Axis[] => (axis === 'unit' ? ['head', 'unit'] : [axis])
  const shape = input.axes.flatMap((axis, d) => (axis === 'unit' ? sizes : [at(input.shape, d)]))
  return { axes: input.axes.flatMap(both), shape, wanted: site.output.axes }
})

const join = order((site) => {
  const { axes, shape } = inputOf(site, 0)
  const wanted = site.output.axes.flatMap((axis): Axis[] => (axis === 'unit' ? ['head', 'unit'] : [axis]))
  return { axes, shape, wanted }
})

const broadcast: Kernel = (site) => {
  const { axes, shape } = site.output
  const own = shapeAlong(inputOf(site, 0), axes)
  const reps = shape.map((n, d) => n / at(own, d))
  return (inputs, { device }) =>
    using(device, device.alias(held(inputs, 0), own), (x) => device.kernel('Tile', { x }, { reps }))
}

/** `size` entries of an axis from `begin` on. */
function sliced(site: Site, begin: number, size: number): ReturnType<Kernel> {
  const input = inputOf(site, 0)
  const d = input.axes.indexOf(axisOf(site, 'axis'))
  const attributes = {
    begin: input.shape.map((_, i) => (i === d ? begin : 0)),
    size: input.shape.map((n, i) => (i === d ? size : n)),
  }
  return (inputs, { device }) =>
    reshaped(device, device.kernel('Slice', { x: held(inputs, 0) }, attributes), site.output.shape)
}

/** A value given a shape of the result's rank, and zeros around it along one axis. */
function padded(site: Site, shape: readonly number[], before: number, after: number): ReturnType<Kernel> {
  const d = site.output.axes.indexOf(axisOf(site, 'axis'))
  const paddings = shape.map((_, i) => (i === d ? [before, after] : [0, 0]))
  return (inputs, { device }) =>
    using(device, device.alias(held(inputs, 0), shape), (x) =>
      device.kernel('PadV2', { x }, { paddings, constantValue: 0 }),
    )
}

/** Length of an operand along the axis that a site names. */
function lengthAlong(site: Site, { axes, shape }: Operand): number {
  return at(shape, axes.indexOf(axisOf(site, 'axis')))
}

const chunk: Kernel = (site) => {
  const length = lengthAlong(site, site.output)
  return sliced(site, numberOf(site, 'index') * length, length)
}

const unchunk: Kernel = (site) => {
  const input = inputOf(site, 0)
  const length = lengthAlong(site, input)
  const before = numberOf(site, 'index') * length
  return padded(site, input.shape, before, lengthAlong(site, site.output) - before - length)
}

const place: Kernel = (site) => {
  if (site.output.dtype !== 'f32') return undefined
  const { axes } = site.output
  const index = numberOf(site, 'index')
  const n = at(site.output.shape, axes.indexOf(axisOf(site, 'axis')))
  return padded(site, shapeAlong(inputOf(site, 0), axes), index, n - index - 1)
}

const select: Kernel = (site) => {
  if (site.output.dtype !== 'f32') return undefined
  const { axes, shape } = site.output
  const shapes = site.inputs.map((input) => shapeAlong(input, axes))
  const whole = (device: Device, value: Held, own: readonly number[]): Held =>
    using(device, device.alias(value, own), (x) => {
      const reps = shape.map((n, d) => n / at(own, d))
      return reps.every((n) => n === 1) ? device.alias(x, shape) : device.kernel('Tile', { x }, { reps })
    })
  return (inputs, { device }) =>
    using(device, whole(device, held(inputs, 0), shapes[0] ?? []), (condition) =>
      using(device, whole(device, held(inputs, 1), shapes[1] ?? []), (t) =>
        using(device, whole(device, held(inputs, 2), shapes[2] ?? []), (e) =>
          device.kernel('Select', { condition, t, e }, {}),
        ),
      ),
    )
}

/** `contract`, and `linear` with its bias: operands as [batch, rows, summed] and [batch, summed, columns]. */
const product: Kernel = (site) => {
  const { batch, rows, columns, summed } = groupingOf(site)
  const biased = site.op === 'linear'
  const out = biased ? axisOf(site, 'out') : undefined
  const labelsOf = (index: 0 | 1): readonly Axis[] => {
    if (!biased) return axesOf(site, index === 0 ? 'left' : 'right')
    return index === 0
      ? inputOf(site, 0).axes.map((axis) => (axis === 'unit' ? 'column' : axis))
      : ['row', 'column']
  }
  const form = (index: 0 | 1, groups: readonly Group[]) => ({
    before: inputOf(site, index).shape,
    permutation: groups.flatMap((group) => group.axes.map((axis) => labelsOf(index).indexOf(axis))),
    after: groups.map((group) => group.size),
  })
  const left = form(0, [batch, rows, summed])
  const right = form(1, [batch, summed, columns])
  const groups = [batch, rows, columns]
  const got = groups.flatMap((group) => group.axes)
  const wanted = site.output.axes.map((axis) => got.indexOf(axis === out ? 'row' : axis))
  const parts = groups.flatMap((group) => group.shape)
  return (inputs, context) => {
    const { device } = context
    const operand = (index: 0 | 1, f: typeof left): Held => {
      const make = (x: Held): Held => turned(device, x, f.before, f.permutation, f.after)
      const inOrder = f.permutation.every((d, i) => d === i)
      return site.fixed[index] === true && !inOrder
        ? context.derived(index, `matrix ${f.permutation} ${f.after}`, make)
        : make(held(inputs, index))
    }
    const flat = using(device, operand(0, left), (a) =>
      using(device, operand(1, right), (b) =>
        device.kernel('BatchMatMul', { a, b }, { transposeA: false, transposeB: false }),
      ),
    )
    const whole = biased
      ? using(device, flat, (a) => device.kernel('Add', { a, b: held(inputs, 2) }, {}))
      : flat
    return using(device, whole, (x) => turned(device, x, parts, wanted, site.output.shape))
  }
}

const lookup: Kernel = (site) =>
  site.output.axes.at(-1) !== 'unit'
    ? undefined
    : (inputs, { device }) =>
        device.kernel('GatherV2', { x: held(inputs, 1), indices: held(inputs, 0) }, { axis: 0, batchDims: 0 })

/** Without a padding row only: its gradient would have to be taken out again. */
const lookupGradient: Kernel = (site) => {
  const g = inputOf(site, 1)
  if (g.axes.at(-1) !== 'unit' || optionalNumberOf(site, 'padding') !== undefined) return undefined
  const ids = inputOf(site, 0).size
  const numSegments = at(site.output.shape, 0)
  const flat = [ids, g.size / Math.max(1, ids)]
  return (inputs, { device }) =>
    using(device, device.alias(held(inputs, 1), flat), (x) =>
      using(device, device.alias(held(inputs, 0), [ids]), (segmentIds) =>
        device.kernel('UnsortedSegmentSum', { x, segmentIds }, { numSegments }),
      ),
    )
}

/** x (1 + erf(x / sqrt 2)) / 2. */
const gelu: Kernel =
  () =>
  (inputs, { device }) => {
    const x = held(inputs, 0)
    const number = (value: number): Held => device.upload(Float32Array.of(value), [], 'float32')
    const times = (a: Held, value: number): Held =>
      using(device, number(value), (b) => device.kernel('Multiply', { a, b }, {}))
    const error = using(device, times(x, Math.SQRT1_2), (a) => device.kernel('Erf', { x: a }, {}))
    const raised = using(device, error, (a) =>
      using(device, number(1), (b) => device.kernel('Add', { a, b }, {})),
    )
    const gate = using(device, raised, (a) => times(a, 0.5))
    return using(device, gate, (b) => device.kernel('Multiply', { a: x, b }, {}))
  }

const throughDecomposition = [
  'softmax',
  'log_softmax',
  'softmax_gradient',
  'log_softmax_gradient',
  'scaled_softmax',
  'scaled_softmax_gradient',
  'linear_activation',
  'contract_activation_gradient',
  'residual_layer_norm',
  'layer_norm_gradient',
  'layer_norm_scale_gradient',
  'layer_norm',
  'standardize',
  'standardize_gradient',
  'cross_entropy',
  'kl',
  'scaled_kl',
  'kl_gradient',
] as const satisfies readonly OpKey[]

/** What is not here, or is left by a kernel here, is done by host code on copies. */
export const libraryKernels: KernelTable = {
  negate: unary('Neg'),
  abs: unary('Abs'),
  sqrt: unary('Sqrt'),
  exp: unary('Exp'),
  log: unary('Log'),
  floor: unary('Floor'),
  tanh: unary('Tanh'),
  relu: unary('Relu'),
  sigmoid: unary('Sigmoid'),
  sign: unary('Sign'),
  square: unary('Square'),
  not: unary('LogicalNot'),
  gelu,
  add: binary('Add'),
  subtract: binary('Sub'),
  multiply: binary('Multiply'),
  divide: binary('RealDiv'),
  power: binary('Pow'),
  minimum: binary('Minimum'),
  maximum: binary('Maximum'),
  less: binary('Less'),
  less_equal: binary('LessEqual'),
  greater: binary('Greater'),
  greater_equal: binary('GreaterEqual'),
  equal: binary('Equal'),
  not_equal: binary('NotEqual'),
  and: binary('LogicalAnd'),
  select,
  sum: reduction('Sum', 'axis', (site) => axesOf(site, 'axes')),
  max: reduction('Max', 'reductionIndices', (site) => [axisOf(site, 'axis')]),
  min: reduction('Min', 'axis', (site) => [axisOf(site, 'axis')]),
  rename,
  split,
  join,
  broadcast,
  slice: (site) => sliced(site, numberOf(site, 'start'), numberOf(site, 'size')),
  pick: (site) => sliced(site, numberOf(site, 'index'), 1),
  pad: (site) => padded(site, inputOf(site, 0).shape, numberOf(site, 'before'), numberOf(site, 'after')),
  chunk,
  unchunk,
  place,
  contract: product,
  linear: product,
  lookup,
  lookup_gradient: lookupGradient,
  ...Object.fromEntries(throughDecomposition.map((op) => [op, decomposed(op, () => libraryKernels)])),
}
