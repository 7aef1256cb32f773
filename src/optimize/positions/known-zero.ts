/**
 * Where values of a graph are zero, and conditions false, by its structure alone. `select(attended, x, 0)` is
 * zero outside the attended positions for any x. A softmax with a mask is zero outside the mask, and a
 * product where one of its factors is. (0 times infinity counts as 0.)
 */
import type { Axis, Graph, Node } from '../../graph/graph.ts'
import { constantValue, leafName } from '../../graph/leaf.ts'
import { axesAttribute, axisAttribute } from '../../graph/ops/support/inputs.ts'
import { hasAxis } from '../../graph/type.ts'
import {
  type Along,
  everything,
  joinAlong,
  kindOfPlaces,
  meetAlong,
  nothing,
  type PositionSet,
} from './position-set.ts'
import { contractOperands, varies } from './structure.ts'

export interface Zeros {
  /** A value is zero, a condition false, outside of these positions. */
  readonly outside: (node: Node) => Along
  /** Is a condition one of the masks of the batch, or several of them together? */
  readonly isMask: (condition: Node) => boolean
  /** Is it one that holds in all rows of a kind? */
  readonly alwaysHolds: (condition: Node, kind: PositionSet) => boolean
}

/** Masks of the batch that hold wherever a condition does, as bits. */
interface Condition {
  readonly token: number
  readonly primed: number
  /** Does it hold wherever they do? */
  readonly exact: boolean
}
const unknown: Condition = { token: 0, primed: 0, exact: false }
const attended = 1
const masked = 2
const firstPiece = 4
const bits: { readonly [name: string]: number } = { attended, masked, first_piece: firstPiece }

export function knownZeros({ nodes }: Graph): Zeros {
  const conditions = new Map<Node, Condition>()
  const zeros = new Map<Node, Along>()
  const condition = (node: Node): Condition => conditions.get(node) ?? unknown
  const outside = (node: Node): Along => zeros.get(node) ?? everything
  for (const node of nodes) {
    if (node.type.dtype === 'bool') {
      const known = conditionOf(node, condition)
      if (known !== unknown) conditions.set(node, known)
      zeros.set(node, { token: setOf(known.token), primed: setOf(known.primed) })
    } else {
      const known = zeroOutside(node, outside)
      if (known !== everything) zeros.set(node, known)
    }
  }
  return {
    outside,
    isMask: (node) => condition(node).exact,
    alwaysHolds: (node, kind) => {
      const { token, primed, exact } = condition(node)
      // The first position of an example is a row of the attended ones even where it is not attended.
      const live = kind === 'masked' ? attended | masked : kind === 'first_piece' ? attended | firstPiece : 0
      return exact && primed === 0 && (token & ~live) === 0
    },
  }
}

function conditionOf(node: Node, of: (input: Node) => Condition): Condition {
  if (node.op === 'input') {
    const token = bits[leafName(node) ?? '']
    const isMask = token !== undefined && hasAxis(node.type, 'example') && hasAxis(node.type, 'token')
    return isMask ? { token, primed: 0, exact: true } : unknown
  }
  const [a, b] = node.inputs.map(of)
  if (a === undefined) return unknown
  if (node.op === 'broadcast') return a
  if (node.op === 'rename') {
    const [from, to] = [node.attributes.from, node.attributes.to]
    if (from === 'token' && to === "token'") return { ...a, token: 0, primed: a.token }
    if (from === "token'" && to === 'token') return { ...a, token: a.primed, primed: 0 }
    return unknown
  }
  if (node.op !== 'and' || b === undefined) return unknown
  return { token: a.token | b.token, primed: a.primed | b.primed, exact: a.exact && b.exact }
}

/** Masked tokens and first pieces are rows only where they are attended. */
function setOf(condition: number): PositionSet {
  if ((condition & attended) === 0) return 'all'
  if ((condition & masked) !== 0) return 'masked'
  return (condition & firstPiece) !== 0 ? 'first_piece' : 'attended'
}

/** Ops of which 0 makes 0, entry by entry. */
const keepingZero: ReadonlySet<string> = new Set([
  'negate',
  'abs',
  'sqrt',
  'floor',
  'tanh',
  'relu',
  'gelu',
  'gelu_tanh',
  'square',
  'sign',
  'stop_gradient',
  'cast',
  'split',
  'join',
  'broadcast',
])
/** Ops of which zeros in all inputs make 0. */
const joining: ReadonlySet<string> = new Set(['add', 'subtract', 'minimum', 'maximum', 'concat'])

function zeroOutside(node: Node, outside: (input: Node) => Along): Along {
  const [a, b, c] = node.inputs
  if (node.op === 'constant') return constantValue(node) === 0 ? nothing : everything
  if (a === undefined) return everything
  if (keepingZero.has(node.op)) return outside(a)
  if (joining.has(node.op) && node.attributes.axis !== 'token' && node.attributes.axis !== "token'")
    return node.inputs.map(outside).reduce(joinAlong, nothing)
  switch (node.op) {
    case 'multiply':
      return b === undefined ? everything : meetAlong(outside(a), outside(b))
    case 'divide':
      return b !== undefined && !varies(b) ? outside(a) : everything
    case 'select':
      return b === undefined || c === undefined
        ? everything
        : joinAlong(meetAlong(outside(a), outside(b)), outside(c))
    case 'softmax':
    case 'log_softmax':
      return b === undefined ? everything : outside(b)
    case 'sum':
      return without(node, outside(a), axesAttribute(node.op, node.attributes, 'axes'))
    case 'pick':
    case 'slice':
    case 'pad':
      return without(node, outside(a), [axisAttribute(node.op, node.attributes, 'axis')])
    case 'rename':
      return afterRename(node, outside(a))
    case 'contract':
      return ofProduct(node, outside)
    case 'scatter_positions':
      return { token: kindOfPlaces(b) ?? 'all', primed: 'all' }
    default:
      return everything
  }
}

/**
 * What is known of x along the axes that an op leaves as they are. A value without an axis example has no
 * positions.
 */
function without({ type }: Node, known: Along, axes: readonly Axis[]): Along {
  if (!hasAxis(type, 'example')) return everything
  return {
    token: axes.includes('token') ? 'all' : known.token,
    primed: axes.includes("token'") ? 'all' : known.primed,
  }
}

function afterRename({ attributes: { from, to } }: Node, known: Along): Along {
  if (from === 'token' && to === "token'") return { token: 'all', primed: known.token }
  if (from === "token'" && to === 'token') return { token: known.primed, primed: 'all' }
  const positional = [from, to].some((axis) => axis === 'example' || axis === 'token' || axis === "token'")
  return positional ? everything : known
}

/** Along an axis that the result keeps, a product is zero where one factor is. */
function ofProduct(node: Node, outside: (input: Node) => Along): Along {
  if (!hasAxis(node.type, 'example')) return everything
  return contractOperands(node).reduce((known, { node: factor, labels }) => {
    if (labels.get('example') !== 'example') return known
    const own = outside(factor)
    const at = (axis: Axis): PositionSet =>
      labels.get('token') === axis ? own.token : labels.get("token'") === axis ? own.primed : 'all'
    return meetAlong(known, { token: at('token'), primed: at("token'") })
  }, everything)
}
