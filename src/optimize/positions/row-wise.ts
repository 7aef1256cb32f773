/**
 * Ops that compute each position of their result from the same position of their inputs, so that they can be
 * computed in dense rows, and their form there.
 */
import type { Attributes, Axis, Dimension, GraphBuilder, Node } from '../../graph/graph.ts'
import { elementWiseOps } from '../../graph/ops/element-wise.ts'
import { axesOf } from '../../graph/ops/support/inputs.ts'
import { dimensionsAttribute, hasAxis, readDimensions, withoutAxes } from '../../graph/type.ts'
import { contractOperands } from './structure.ts'

/** Entry by entry, or along the axes given below. */
const rowWise: ReadonlySet<string> = new Set<string>([
  ...elementWiseOps,
  'sum',
  'max',
  'min',
  'broadcast',
  'rename',
  'split',
  'join',
  'slice',
  'pad',
  'pick',
  'concat',
  'shift',
  'contract',
  'linear',
  'lookup',
  'one_hot',
  'layer_norm',
  'standardize',
  'softmax',
  'log_softmax',
  'kl',
  'cross_entropy',
  'cross_entropy_labels',
  'dropout_mask',
])

/**
 * Axes that a value in rows cannot have besides its positions: it has several examples or tokens at once, or
 * is in rows already.
 */
const foreign: readonly Axis[] = ["example'", "example''", "token'", 'position']
const positional: readonly unknown[] = ['example', 'token']

export function worksByPosition(node: Node): boolean {
  const { op, type, inputs, attributes } = node
  if (!rowWise.has(op)) return false
  const has = (symbol: 'B' | 'L', axis: Axis): boolean =>
    type.dimensions.some((d) => d.axis === axis && d.size === symbol)
  if (!has('B', 'example') || !has('L', 'token')) return false
  if ([node, ...inputs].some((value) => foreign.some((axis) => hasAxis(value.type, axis)))) return false
  if ([attributes.axis, attributes.from, attributes.to].some((axis) => positional.includes(axis)))
    return false
  return op !== 'contract' || contractsByPosition(node)
}

/** Whether examples and tokens keep their names in both factors, and no other axis has these names. */
function contractsByPosition(node: Node): boolean {
  return contractOperands(node).every(({ labels }) =>
    [...labels].every(
      ([axis, label]) => axis === label || (!positional.includes(axis) && !positional.includes(label)),
    ),
  )
}

export interface Rows {
  readonly positions: Dimension
  /** i32[position] */
  readonly places: Node
}

/** A node that works by position in rows, its inputs given so. */
export function onRows(builder: GraphBuilder, node: Node, inputs: readonly Node[], rows: Rows): Node {
  const { op, attributes, source } = node
  if (op === 'broadcast') return broadcastRows(builder, node, inputs, rows)
  if (op === 'dropout_mask') {
    const dimensions = inRows(readDimensions(attributes.dimensions), rows)
    return builder.add(
      op,
      [...inputs, rows.places],
      { ...attributes, dimensions: dimensionsAttribute(dimensions) },
      source,
    )
  }
  if (op === 'contract') return builder.add(op, inputs, relabelled(node, inputs), source)
  return builder.add(op, inputs, attributes, source)
}

function inRows(dimensions: readonly Dimension[], { positions }: Rows): readonly Dimension[] {
  const rest = withoutAxes(dimensions, ['example', 'token'])
  return rest.length === dimensions.length ? rest : [positions, ...rest]
}

/** What is repeated along examples or tokens only is in rows already. */
function broadcastRows(builder: GraphBuilder, node: Node, [x]: readonly Node[], rows: Rows): Node {
  const wanted = inRows(readDimensions(node.attributes.dimensions), rows)
  const added = x === undefined ? wanted : withoutAxes(wanted, axesOf(x))
  if (x !== undefined && added.length === 0) return x
  return builder.add(
    'broadcast',
    x === undefined ? [] : [x],
    { dimensions: dimensionsAttribute(added) },
    node.source,
  )
}

function relabelled(node: Node, inputs: readonly Node[]): Attributes {
  const operands = contractOperands(node)
  const labels = inputs.map((input, i) => axesOf(input).map((axis) => operands[i]?.labels.get(axis) ?? axis))
  return { ...node.attributes, left: labels[0] ?? [], right: labels[1] ?? [] }
}
