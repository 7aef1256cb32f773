/**
 * What each op is in public operations of TensorFlow.js. The table is complete: an op without a line does not
 * compile. What is composite is what its definition says (`decompose`).
 */
import { Builder, reachable } from '../graph/build.ts'
import { type Axis, GraphError, type Node } from '../graph/graph.ts'
import { constantValue } from '../graph/leaf.ts'
import { type OpKey, ops } from '../graph/ops/index.ts'
import {
  axesAttribute,
  axisAttribute,
  integerAttribute,
  numberAttribute,
  textAttribute,
} from '../graph/ops/support/inputs.ts'
import { axisIndex } from '../graph/type.ts'
import {
  type binaryFunctions,
  type reducingFunctions,
  type Tensor,
  tfDType,
  type unaryFunctions,
} from './call.ts'
import { type Extent, minus, times } from './extent.ts'
import { gatherPositions, scatterPositions } from './positions.ts'
import { contract, linear, lookup, lookupGradient, oneHot } from './products.ts'
import { axesOf, extentAt, type Operand, shapeOf, type Tracer } from './tracer.ts'
import { inputAt, type Rule, type Use } from './use.ts'

function unary(name: (typeof unaryFunctions)[number]): Rule {
  return (use) => use.tracer.call({ name }, [inputAt(use, 0).tensor], shapeOf(use.type), use.type.dtype)
}

function binary(name: (typeof binaryFunctions)[number]): Rule {
  return ({ tracer, inputs, type }) => {
    const operands = inputs.map((input) => tracer.aligned(input, type.dimensions))
    return tracer.call({ name }, operands, shapeOf(type), type.dtype)
  }
}

function reduction(name: (typeof reducingFunctions)[number], axes: (use: Use) => readonly Axis[]): Rule {
  return (use) => {
    const { tensor, type } = inputAt(use, 0)
    const along = axes(use).map((axis) => axisIndex(type, axis))
    if (along.length === 0) return tensor
    const given = { name, axes: along.sort((a, b) => a - b), keepDims: false }
    return use.tracer.call(given, [tensor], shapeOf(use.type), type.dtype)
  }
}

const axisOf = ({ op, attributes }: Use): Axis => axisAttribute(op, attributes, 'axis')
const extreme = (name: 'max' | 'min'): Rule => reduction(name, (use) => [axisOf(use)])

/** The first input as it is. */
const same: Rule = (use) => inputAt(use, 0).tensor

const select: Rule = ({ tracer, inputs, type }) => {
  const operands = inputs.map((input) => tracer.aligned(input, type.dimensions))
  return tracer.call({ name: 'where' }, operands, shapeOf(type), type.dtype)
}

const cast: Rule = (use) =>
  use.tracer.call(
    { name: 'cast', dtype: tfDType(use.type.dtype) },
    [inputAt(use, 0).tensor],
    shapeOf(use.type),
    use.type.dtype,
  )

const broadcast: Rule = (use) => {
  const { tracer, type } = use
  const x = tracer.aligned(inputAt(use, 0), type.dimensions)
  const shape = shapeOf(type)
  return tracer.call({ name: 'broadcastTo', shape }, [x], shape, type.dtype)
}

const rename: Rule = (use) => {
  const { tensor, type } = inputAt(use, 0)
  const from = axisAttribute('rename', use.attributes, 'from')
  const to = axisAttribute('rename', use.attributes, 'to')
  const renamed = axesOf(type).map((axis) => (axis === from ? to : axis))
  return use.tracer.arranged(tensor, renamed, axesOf(use.type))
}

const bothParts = (axis: Axis): Axis[] => (axis === 'unit' ? ['head', 'unit'] : [axis])

/** unit -> head, unit. */
const split: Rule = (use) => {
  const { tracer, type } = use
  const { tensor, type: own } = inputAt(use, 0)
  const sizes = new Map(type.dimensions.map(({ axis, size }) => [axis, size]))
  const axes = axesOf(own).flatMap(bothParts)
  const shape = axes.map((axis): Extent => sizes.get(axis) ?? 1)
  return tracer.arranged(tracer.reshape(tensor, shape), axes, axesOf(type))
}

/** head, unit -> unit. */
const join: Rule = (use) => {
  const { tensor, type } = inputAt(use, 0)
  const wanted = axesOf(use.type).flatMap(bothParts)
  return use.tracer.reshape(use.tracer.arranged(tensor, axesOf(type), wanted), shapeOf(use.type))
}

const slice: Rule = (use) => {
  const { tensor, type } = inputAt(use, 0)
  const number = (key: string): number => integerAttribute('slice', use.attributes, key)
  return use.tracer.slice(tensor, axisIndex(type, axisOf(use)), number('start'), number('size'))
}

const pad: Rule = (use) => {
  const { tensor, type } = inputAt(use, 0)
  const number = (key: string): number => integerAttribute('pad', use.attributes, key)
  const d = axisIndex(type, axisOf(use))
  return use.tracer.pad(tensor, d, number('before'), number('after'), extentAt(shapeOf(use.type), d))
}

/** Which share it is: not a number of the program where a loop runs over shares. */
const indexOf = ({ op, attributes }: Use): Extent => ({ index: integerAttribute(op, attributes, 'index') })

const chunk: Rule = (use) => {
  const { tensor, type } = inputAt(use, 0)
  const d = axisIndex(type, axisOf(use))
  const share = extentAt(shapeOf(use.type), d)
  return use.tracer.slice(tensor, d, times(indexOf(use), share), share)
}

const unchunk: Rule = (use) => {
  const { tensor, type } = inputAt(use, 0)
  const d = axisIndex(type, axisOf(use))
  const share = extentAt(tensor.shape, d)
  const last = integerAttribute('unchunk', use.attributes, 'count') - 1
  const after = times(minus(last, indexOf(use)), share)
  return use.tracer.pad(tensor, d, times(indexOf(use), share), after, extentAt(shapeOf(use.type), d))
}

const pick: Rule = (use) => {
  const { tensor, type } = inputAt(use, 0)
  const part = use.tracer.slice(tensor, axisIndex(type, axisOf(use)), indexOf(use), 1)
  return use.tracer.reshape(part, shapeOf(use.type))
}

const place: Rule = (use) => {
  const { tracer, type } = use
  const d = axisIndex(type, axisOf(use))
  const shape = shapeOf(type)
  const single = shape.map((extent, i) => (i === d ? 1 : extent))
  const size = extentAt(shape, d)
  const after = minus(minus(size, 1), indexOf(use))
  return tracer.pad(tracer.reshape(inputAt(use, 0).tensor, single), d, indexOf(use), after, size)
}

const concat: Rule = (use) => {
  const axis = axisIndex(inputAt(use, 0).type, axisOf(use))
  const parts = use.inputs.map(({ tensor }) => tensor)
  return use.tracer.call({ name: 'concat', axis }, parts, shapeOf(use.type), use.type.dtype)
}

/** result[t] = x[t - by]: zeros are put on one side, and as many entries are left out on the other one. */
const shift: Rule = (use) => {
  const { tensor, type } = inputAt(use, 0)
  const d = axisIndex(type, axisOf(use))
  const by = numberAttribute('shift', use.attributes, 'by')
  if (by === 0) return tensor
  const size = extentAt(tensor.shape, d)
  const whole = minus(size, -Math.abs(by))
  const wider = use.tracer.pad(tensor, d, Math.max(0, by), Math.max(0, -by), whole)
  return use.tracer.slice(wider, d, Math.max(0, -by), size)
}

/** x (1 + erf(x / sqrt 2)) / 2. */
const gelu: Rule = (use) => {
  const x = inputAt(use, 0).tensor
  return onTensors(use, 'mul', x, normalBelow(use, x))
}

/** g (Phi(x) + x phi(x)). */
const geluGradient: Rule = (use) => {
  const x = inputAt(use, 0).tensor
  const { tracer } = use
  const exponent = onTensors(use, 'mul', onTensors(use, 'mul', x, x), tracer.number(-0.5))
  const powers = tracer.call({ name: 'exp' }, [exponent], x.shape, 'f32')
  const density = onTensors(use, 'mul', powers, tracer.number(1 / Math.sqrt(2 * Math.PI)))
  const slope = onTensors(use, 'add', normalBelow(use, x), onTensors(use, 'mul', x, density))
  return onTensors(use, 'mul', inputAt(use, 1).tensor, slope)
}

function normalBelow(use: Use, x: Tensor): Tensor {
  const { tracer } = use
  const error = tracer.call(
    { name: 'erf' },
    [onTensors(use, 'mul', x, tracer.number(Math.SQRT1_2))],
    x.shape,
    'f32',
  )
  return onTensors(use, 'mul', onTensors(use, 'add', error, tracer.number(1)), tracer.number(0.5))
}

/** Of tensors of one shape, or with a number on the right. */
function onTensors({ tracer }: Use, name: 'add' | 'mul', a: Tensor, b: Tensor): Tensor {
  return tracer.call({ name }, [a, b], a.shape, 'f32')
}

const dropoutMask: Rule = ({ tracer, op, inputs, attributes, type }) =>
  tracer.call(
    {
      name: 'dropoutMask',
      site: textAttribute(op, attributes, 'site'),
      rate: numberAttribute(op, attributes, 'rate'),
      axes: axesOf(type),
      shape: shapeOf(type),
    },
    inputs.map(({ tensor }) => tensor),
    shapeOf(type),
    'f32',
  )

/** What the op's definition says that it is made of. */
const composite: Rule = (use) => {
  const { tracer, op, inputs, attributes, type } = use
  const registry: { readonly [op: string]: (typeof ops)[OpKey] | undefined } = ops
  const definition = registry[op]
  if (definition === undefined || !('decompose' in definition) || definition.decompose === undefined)
    throw new GraphError(`tfjs: ${op} is not made of other ops`)
  const builder = new Builder(ops)
  const leaves = inputs.map((input, i) => {
    const { from } = input.tensor
    return 'number' in from ? builder.constant(from.number) : builder.input(String(i), input.type)
  })
  const root = definition.decompose(builder, leaves, attributes, type)
  const values = new Map<Node, Tensor>(leaves.map((leaf, i) => [leaf, inputAt(use, i).tensor]))
  for (const node of reachable([root])) {
    if (values.has(node)) continue
    const constant = constantValue(node)
    values.set(node, constant === undefined ? traced(tracer, node, values) : tracer.number(constant))
  }
  const value = values.get(root)
  if (value === undefined) throw new GraphError(`${op}: nothing was made`)
  return value
}

/** The value of a node whose inputs have theirs. */
export function traced(tracer: Tracer, node: Node, values: ReadonlyMap<Node, Tensor>): Tensor {
  const { op, attributes, type } = node
  const inputs = node.inputs.map((input): Operand => {
    const tensor = values.get(input)
    if (tensor === undefined) throw new GraphError(`${op} reads ${input.op} before it is made`)
    return { tensor, type: input.type }
  })
  return ruleOf(op)({ tracer, op, inputs, attributes, type })
}

export const rules: { readonly [op in OpKey]: Rule } = {
  negate: unary('neg'),
  abs: unary('abs'),
  sqrt: unary('sqrt'),
  exp: unary('exp'),
  log: unary('log'),
  floor: unary('floor'),
  tanh: unary('tanh'),
  relu: unary('relu'),
  gelu,
  gelu_gradient: geluGradient,
  gelu_tanh: composite,
  gelu_tanh_gradient: composite,
  sigmoid: unary('sigmoid'),
  sign: unary('sign'),
  square: unary('square'),
  stop_gradient: same,
  cast,
  not: unary('logicalNot'),
  add: binary('add'),
  subtract: binary('sub'),
  multiply: binary('mul'),
  divide: binary('div'),
  power: binary('pow'),
  minimum: binary('minimum'),
  maximum: binary('maximum'),
  less: binary('less'),
  less_equal: binary('lessEqual'),
  greater: binary('greater'),
  greater_equal: binary('greaterEqual'),
  equal: binary('equal'),
  not_equal: binary('notEqual'),
  and: binary('logicalAnd'),
  select,
  sum: reduction('sum', ({ op, attributes }) => axesAttribute(op, attributes, 'axes')),
  max: extreme('max'),
  min: extreme('min'),
  broadcast,
  rename,
  split,
  join,
  slice,
  pad,
  chunk,
  unchunk,
  pick,
  place,
  concat,
  shift,
  gather_positions: gatherPositions,
  scatter_positions: scatterPositions,
  contract,
  linear,
  lookup,
  lookup_gradient: lookupGradient,
  one_hot: oneHot,
  layer_norm: composite,
  standardize: composite,
  standardize_gradient: composite,
  softmax: composite,
  softmax_gradient: composite,
  log_softmax: composite,
  log_softmax_gradient: composite,
  cross_entropy: composite,
  cross_entropy_labels: composite,
  cross_entropy_labels_gradient: composite,
  kl: composite,
  kl_gradient: composite,
  dropout_mask: dropoutMask,
  scaled_kl: composite,
  scaled_softmax: composite,
  scaled_softmax_gradient: composite,
  linear_activation: composite,
  contract_activation_gradient: composite,
  residual_layer_norm: composite,
  layer_norm_gradient: composite,
  layer_norm_scale_gradient: composite,
  dropout_keep: composite,
  dropout: composite,
  dropout_softmax_gradient: composite,
  again: same,
}

/** Throws GraphError for what is not an op. */
export function ruleOf(op: string): Rule {
  const all: { readonly [op: string]: Rule | undefined } = rules
  const rule = all[op]
  if (rule === undefined) throw new GraphError(`tfjs: no op ${op}`)
  return rule
}
