/**
 * Which positions of each value are read, from the outputs backwards. `select(attended, x, 0)` reads x where
 * the mask is true. A softmax with a mask reads its input there. A sum over positions reads the values that
 * are not known to be zero. An op that works position by position passes its own demand on. An unknown op
 * reads everything.
 *
 * Values that are not read may become any finite number, because rows that are scattered have zeros between
 * them. An op outside rows could make a zero infinite, or have an infinite gradient there (a logarithm, a
 * quotient). Such an op reads all of its inputs.
 */
import type { Axis, Graph, Node } from '../../graph/graph.ts'
import { elementWiseOps } from '../../graph/ops/element-wise.ts'
import { axesAttribute, axisAttribute } from '../../graph/ops/support/inputs.ts'
import { hasAxis } from '../../graph/type.ts'
import type { Zeros } from './known-zero.ts'
import {
  type Along,
  everything,
  joinAlong,
  kindOfPlaces,
  meetAlong,
  nothing,
  type PositionSet,
} from './position-set.ts'
import { worksByPosition } from './row-wise.ts'
import { contractOperands, type Operand, varies } from './structure.ts'

/** Where each value is read and not known to be zero, given who reads: all outputs, or one of them. */
export function demandOf(graph: Graph, zeros: Zeros, readers: Iterable<Node>): (node: Node) => Along {
  const read = new Map<Node, Along>()
  for (const node of readers) read.set(node, everything)
  const demand = (node: Node): Along => meetAlong(read.get(node) ?? nothing, zeros.outside(node))
  for (const node of graph.nodes.toReversed()) {
    if (!read.has(node)) continue
    const own = demand(node)
    const asked = inputDemands(node, own, zeros)
    node.inputs.forEach((input, i) => {
      read.set(input, joinAlong(read.get(input) ?? nothing, asked[i] ?? everything))
    })
  }
  return demand
}

/**
 * Ops that pass the demand of their result on only if they work position by position, in rows. Between rows
 * there are zeros, where these ops have no value or an infinite slope.
 */
const passingInRows: ReadonlySet<string> = new Set([
  'sqrt',
  'exp',
  'log',
  'power',
  'divide',
  'layer_norm',
  'standardize',
])
/**
 * Ops that always pass the demand of their result on to their inputs, axis by axis. A product and a selection
 * may need less: see below.
 */
const passing: ReadonlySet<string> = new Set<string>([
  ...elementWiseOps.filter((op) => !passingInRows.has(op) && op !== 'select' && op !== 'multiply'),
  'broadcast',
  'split',
  'join',
  'linear',
  'lookup',
  'one_hot',
])

function inputDemands(node: Node, own: Along, zeros: Zeros): readonly Along[] {
  const { op, inputs, attributes } = node
  const [a, b] = inputs
  const all = (demand: Along): readonly Along[] => inputs.map(() => demand)
  if (passing.has(op)) return all(handedOn(node, own))
  if (passingInRows.has(op)) {
    const harmless = worksByPosition(node) || (op === 'divide' && b !== undefined && !varies(b))
    return harmless ? all(handedOn(node, own)) : all(everything)
  }
  switch (op) {
    case 'multiply': {
      const passed = handedOn(node, own)
      // A factor is not read where the other one is zero.
      return inputs.map((_, i) => meetAlong(passed, outsideOf(inputs[1 - i], zeros)))
    }
    case 'select': {
      const passed = handedOn(node, own)
      return [passed, meetAlong(passed, outsideOf(a, zeros)), passed]
    }
    case 'softmax':
    case 'log_softmax':
      return masked(node, own, 1, zeros)
    case 'kl':
    case 'cross_entropy':
    case 'cross_entropy_labels':
      return masked(node, own, 2, zeros)
    case 'sum':
      return all(handedOn(node, own, axesAttribute(op, attributes, 'axes')))
    case 'max':
    case 'min':
    case 'slice':
    case 'pad':
    case 'shift':
    case 'concat':
      return all(handedOn(node, own, [axisAttribute(op, attributes, 'axis')]))
    case 'pick':
      return [picked(node, own)]
    case 'rename':
      return [beforeRename(node, own)]
    case 'contract': {
      const operands = contractOperands(node)
      return operands.map((operand, i) => ofFactor(node, own, operand, operands[1 - i], zeros))
    }
    case 'gather_positions': {
      const primed = a !== undefined && hasAxis(a.type, "token'") ? own.primed : 'all'
      return [{ token: kindOfPlaces(b) ?? 'all', primed }, everything]
    }
    default:
      return all(everything)
  }
}

/**
 * The demand of a result along the axes that it has, all along others and along `mixed` ones, where an entry
 * is made of several.
 */
function handedOn({ type }: Node, own: Along, mixed: readonly Axis[] = []): Along {
  // Without an axis example a value is the same for all of them, whatever their masks are.
  if (!hasAxis(type, 'example')) return everything
  const at = (axis: Axis, set: PositionSet): PositionSet =>
    hasAxis(type, axis) && !mixed.includes(axis) ? set : 'all'
  return { token: at('token', own.token), primed: at("token'", own.primed) }
}

function outsideOf(node: Node | undefined, zeros: Zeros): Along {
  return node === undefined ? everything : zeros.outside(node)
}

/** Ops over lanes along an axis, which look only at what their mask, behind `before` inputs, lets them. */
function masked(node: Node, own: Along, before: number, zeros: Zeros): readonly Along[] {
  const axis = axisAttribute(node.op, node.attributes, 'axis')
  const passed = handedOn(node, own, [axis])
  const mask = outsideOf(node.inputs[before], zeros)
  return node.inputs.map((_, i) => (i < before ? meetAlong(passed, mask) : passed))
}

/** The first position of each example is among the attended ones. */
function picked(node: Node, own: Along): Along {
  const axis = axisAttribute(node.op, node.attributes, 'axis')
  const passed = handedOn(node, own, [axis])
  if (node.attributes.index !== 0) return passed
  if (axis === 'token') return { ...passed, token: 'attended' }
  return axis === "token'" ? { ...passed, primed: 'attended' } : passed
}

function beforeRename(node: Node, own: Along): Along {
  const { from, to } = node.attributes
  const passed = handedOn(node, own)
  if (from === 'token' && to === "token'") return { token: passed.primed, primed: 'all' }
  if (from === "token'" && to === 'token') return { token: 'all', primed: passed.token }
  const positional = [from, to].some((axis) => axis === 'example' || axis === 'token' || axis === "token'")
  return positional ? everything : passed
}

/** A factor is read where the product is, and where it is summed over, where the other factor is not zero. */
function ofFactor(
  node: Node,
  own: Along,
  { labels }: Operand,
  other: Operand | undefined,
  zeros: Zeros,
): Along {
  if (labels.get('example') !== 'example') return everything
  const summed = axesAttribute(node.op, node.attributes, 'sum')
  const passed = handedOn(node, own)
  const along = (axis: Axis): PositionSet => {
    const label = labels.get(axis)
    if (label === undefined) return 'all'
    if (!summed.includes(label))
      return label === 'token' ? passed.token : label === "token'" ? passed.primed : 'all'
    if (other === undefined || other.labels.get('example') !== 'example') return 'all'
    const known = zeros.outside(other.node)
    if (other.labels.get('token') === label) return known.token
    return other.labels.get("token'") === label ? known.primed : 'all'
  }
  return { token: along('token'), primed: along("token'") }
}
