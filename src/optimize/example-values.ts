/**
 * Values of a forward graph that depend on one example only: not on the other examples of the batch, its
 * padded length, or the epoch. Each op has a rule. A value without a proof is left out.
 */
import type { Attributes, AttributeValue, Axis, Graph, Node } from '../graph/graph.ts'
import { leafName } from '../graph/leaf.ts'
import { positionsInput } from '../graph/positions.ts'
import { hasAxis, isAxis } from '../graph/type.ts'

/**
 * Inputs that follow from the example alone, if nothing in it gets new masks. Only live masks end where the
 * example does.
 */
const ofExample = ['tokens', 'segments', 'places', 'attended', 'first_piece'] as const
const targets = ['batch.label', 'batch.order', 'batch.start', 'batch.end', 'batch.tags'] as const
const given: ReadonlySet<string> = new Set([...ofExample, ...targets])
const endings: ReadonlySet<string> = new Set(['attended', 'first_piece'])
/**
 * Inputs of positions, which depend on each example's own mask. A dead position is a copy, so only gathering
 * and scattering may read them.
 */
const positions: ReadonlySet<string> = new Set([positionsInput('attended'), positionsInput('first_piece')])

/** Rows of a batch, among them dead ones. */
const rows: ReadonlySet<Axis> = new Set(['position'])
const others: ReadonlySet<Axis> = new Set(['example', "example'", "example''", ...rows])
const tokens: ReadonlySet<Axis> = new Set(['token', "token'"])

/** Each entry from the entries at its own place; of these, those that keep zero. */
const zeroKeeping = ['negate', 'abs', 'sqrt', 'floor', 'tanh', 'relu', 'gelu', 'gelu_tanh', 'square', 'sign']
const arithmetic = ['add', 'subtract', 'multiply', 'divide', 'power', 'minimum', 'maximum', 'and', 'select']
const comparisons = ['less', 'less_equal', 'greater', 'greater_equal', 'equal', 'not_equal']
const further = ['exp', 'log', 'sigmoid', 'not', 'cast', 'stop_gradient']
const pointwise: ReadonlySet<string> = new Set([...zeroKeeping, ...arithmetic, ...comparisons, ...further])
const keepsZero: ReadonlySet<string> = new Set([...zeroKeeping, 'cast', 'stop_gradient'])
/** Along `unit` only, or adding axes. */
const rowwise: ReadonlySet<string> = new Set([
  'linear',
  'layer_norm',
  'standardize',
  'lookup',
  'one_hot',
  'split',
  'join',
  'broadcast',
])
/** Along an axis{axis}, with the mask as the input of that index. */
const masked: { readonly [op: string]: number | undefined } = {
  softmax: 1,
  log_softmax: 1,
  kl: 2,
  cross_entropy: 2,
  cross_entropy_labels: 2,
}

export interface ExampleValueOptions {
  /** Is a parameter the same all the time? */
  readonly frozen: (parameter: string) => boolean
  /** Whether all batches are padded to one length. */
  readonly fixedLength: boolean
  /**
   * Whether a value may follow from the other examples too, from any weights, and from what is drawn: then
   * padding alone must not change it. Default: no.
   */
  readonly ofBatch?: boolean
}

export class ExampleValues {
  private readonly own = new Set<Node>()
  private readonly ends = new Map<Node, ReadonlySet<Axis>>()
  private readonly options: ExampleValueOptions
  /** Axes along which values are that must not have an influence. */
  private readonly across: ReadonlySet<Axis>

  constructor(graph: Graph, options: ExampleValueOptions) {
    this.options = options
    this.across = options.ofBatch ? rows : others
    for (const node of graph.nodes) {
      const zero = this.zeroOf(node)
      if (zero.size > 0) this.ends.set(node, zero)
      if (this.decide(node)) this.own.add(node)
    }
  }

  /** Is the value of an example, at each of its tokens and of the padding, the same in every batch? */
  has(node: Node): boolean {
    return this.own.has(node)
  }

  /** Token axes along which a value is zero (false) beyond its example's last token. */
  endsAlong(node: Node | undefined, axis: Axis): boolean {
    return node !== undefined && (this.ends.get(node)?.has(axis) ?? false)
  }

  /**
   * Values of which `live` nodes read padding: along a token axis, the positions beyond an example's last
   * token.
   */
  readAtPadding(graph: Graph, live: ReadonlySet<Node>): ReadonlySet<Node> {
    const wanted = new Map<Node, Set<Axis>>()
    const want = (node: Node, axis: Axis) => wanted.set(node, (wanted.get(node) ?? new Set()).add(axis))
    for (const output of graph.outputs.values())
      for (const { axis } of output.type.dimensions) if (tokens.has(axis)) want(output, axis)
    for (const node of graph.nodes.toReversed()) {
      if (!live.has(node)) continue
      for (const [i, input] of node.inputs.entries()) {
        // Behind a sum over examples, or next to another example, one's padding is the other's token.
        const mixes = isOfExamples(input) && !isOfExamples(node)
        const reads = (axis: Axis): boolean => mixes || (wanted.get(node)?.has(axis) ?? false)
        for (const { axis } of input.type.dimensions) {
          if (tokens.has(axis) && !this.endsAlong(input, axis) && this.reads(node, i, axis, reads))
            want(input, axis)
        }
      }
    }
    return new Set(wanted.keys())
  }

  // -------------------------------------------------------------- decided by an example alone

  private decide(node: Node): boolean {
    const { op, type, attributes, inputs } = node
    const { frozen, ofBatch = false } = this.options
    if (!ofBatch && (hasAxis(type, "example'") || hasAxis(type, "example''"))) return false
    if (hasAxis(type, 'example') && hasAxis(type, 'position')) return false
    const name = leafName(node)
    if (name !== undefined) return ofBatch || (op === 'parameter' ? frozen(name) : given.has(name))
    // Keyed by example and place.
    if (op === 'dropout_mask') return ofBatch
    if (op === 'constant' || op === 'vector') return true
    if (op === 'gather_positions' || op === 'scatter_positions') return this.moves(node)
    if (!inputs.every((input) => this.own.has(input))) return false
    if (pointwise.has(op) || rowwise.has(op)) return true
    const axis = axisOf(attributes.axis)
    const mask = masked[op]
    if (mask !== undefined) return axis !== undefined && this.mayEnd(axis, inputs[mask])
    switch (op) {
      case 'sum':
        return axesOf(attributes.axes).every((one) => this.mayEnd(one, inputs[0]))
      case 'max':
      case 'min':
        return axis !== undefined && (this.mayEnd(axis, undefined) || this.isBeyondAll(node, axis))
      case 'rename':
        return [attributes.from, attributes.to].every((one) => {
          const end = axisOf(one)
          return end !== undefined && !this.across.has(end)
        })
      case 'pick':
        return axis !== undefined && !this.across.has(axis)
      case 'slice':
      case 'pad':
      case 'concat':
        return axis !== undefined && !this.across.has(axis) && !tokens.has(axis)
      case 'shift':
        return (
          axis !== undefined &&
          !this.across.has(axis) &&
          (Number(attributes.by) >= 0 || this.mayEnd(axis, inputs[0]))
        )
      case 'contract':
        return this.isOwnProduct(node)
      default:
        return false
    }
  }

  /**
   * Whether an op may combine all entries of an axis. Not over examples; over tokens only if padding has no
   * influence.
   */
  private mayEnd(axis: Axis, value: Node | undefined): boolean {
    if (this.across.has(axis)) return false
    return !tokens.has(axis) || this.options.fixedLength || this.endsAlong(value, axis)
  }

  /** max(select(attended, x, -3e38)): whether entries at padding are too low to be the maximum. */
  private isBeyondAll({ op, inputs: [x] }: Node, axis: Axis): boolean {
    const [condition, , other] = x?.op === 'select' ? x.inputs : []
    const bound = other?.op === 'constant' ? Number(other.attributes.value) : 0
    return (
      !this.across.has(axis) && this.endsAlong(condition, axis) && (op === 'max' ? -bound : bound) >= 3e38
    )
  }

  private moves({ op, inputs, attributes }: Node): boolean {
    const [x, places] = inputs
    if (x === undefined || places === undefined || !this.own.has(x)) return false
    const wanted = op === 'gather_positions' ? 'copy' : 'ignore'
    return positions.has(leafName(places) ?? '') && attributes.dead === wanted
  }

  private isOwnProduct(node: Node): boolean {
    const sums = axesOf(node.attributes.sum)
    const sides = operands(node)
    const keeps = sides.every(({ input, labels }) =>
      input.type.dimensions.every(({ axis }, i) => !this.across.has(axis) || labels[i] === axis),
    )
    return (
      keeps &&
      sums.every(
        (label) => this.mayEnd(label, undefined) || (!this.across.has(label) && this.endsIn(sides, label)),
      )
    )
  }

  private endsIn(sides: readonly Side[], label: Axis): boolean {
    return sides.some(({ input, labels }) => {
      const axis = input.type.dimensions[labels.indexOf(label)]?.axis
      return axis !== undefined && this.endsAlong(input, axis)
    })
  }

  // -------------------------------------------------------------- zero beyond the last token

  private zeroOf(node: Node): ReadonlySet<Axis> {
    if (!isOfExamples(node)) return new Set()
    const axes = node.type.dimensions.map(({ axis }) => axis).filter((axis) => tokens.has(axis))
    return new Set(axes.filter((axis) => this.isZeroBeyond(node, axis)))
  }

  private isZeroBeyond(node: Node, axis: Axis): boolean {
    const { op, inputs, attributes } = node
    const [x, y, z] = inputs
    const ends = (input: Node | undefined) => this.endsAlong(input, axis)
    if (keepsZero.has(op)) return ends(x)
    switch (op) {
      case 'input':
        return endings.has(leafName(node) ?? '') && axis === 'token'
      case 'multiply':
      case 'and':
        return ends(x) || ends(y)
      case 'add':
      case 'subtract':
      case 'minimum':
      case 'maximum':
        return ends(x) && ends(y)
      case 'divide':
        return ends(x) && y !== undefined && !hasAxis(y.type, axis)
      case 'select':
        return ends(z) || isZero(z) ? ends(x) || ends(y) : false
      case 'softmax':
        return axisOf(attributes.axis) === axis && ends(y)
      case 'sum':
      case 'split':
      case 'join':
      case 'broadcast':
        return ends(x)
      case 'rename':
        return this.endsAlong(x, axisOf(attributes.to) === axis ? (axisOf(attributes.from) ?? axis) : axis)
      case 'contract':
        return this.endsIn(operands(node), axis)
      case 'scatter_positions':
        return axis === 'token'
      default:
        return false
    }
  }

  // -------------------------------------------------------------- what is read at padding

  /**
   * Whether the result reads input `i` at padding along one of its axes. `reads`: whether the result itself
   * is read there.
   */
  private reads(node: Node, i: number, axis: Axis, reads: (axis: Axis) => boolean): boolean {
    const { op, inputs, attributes } = node
    const along = axisOf(attributes.axis)
    const mask = masked[op]
    if (mask !== undefined) return along === axis ? !this.endsAlong(inputs[mask], axis) : reads(axis)
    switch (op) {
      case 'multiply':
      case 'and':
        return !this.endsAlong(inputs[1 - i], axis) && reads(axis)
      case 'select':
        return !(i === 1 && this.endsAlong(inputs[0], axis)) && reads(axis)
      case 'sum':
        return axesOf(attributes.axes).includes(axis) || reads(axis)
      case 'rename':
        return reads(axisOf(attributes.from) === axis ? (axisOf(attributes.to) ?? axis) : axis)
      case 'gather_positions':
        return axis !== 'token' && reads(axis)
      case 'pick':
        return along === axis ? attributes.index !== 0 : reads(axis)
      case 'contract': {
        const sides = operands(node)
        const label = sides[i]?.labels[inputs[i]?.type.dimensions.findIndex((d) => d.axis === axis) ?? -1]
        if (label === undefined) return true
        return axesOf(attributes.sum).includes(label) ? !this.endsIn(sides, label) : reads(label)
      }
      default:
        return pointwise.has(op) || rowwise.has(op) ? reads(axis) : true
    }
  }
}

/** Has a value an entry, or rows, for each example alone? */
function isOfExamples({ type }: Node): boolean {
  return (
    (hasAxis(type, 'example') || hasAxis(type, 'position')) &&
    !hasAxis(type, "example'") &&
    !hasAxis(type, "example''")
  )
}

interface Side {
  readonly input: Node
  readonly labels: readonly Axis[]
}

function operands({ inputs, attributes }: Node): readonly Side[] {
  const labels = [axesOf(attributes.left), axesOf(attributes.right)]
  return inputs.map((input, i) => ({ input, labels: labels[i] ?? [] }))
}

function axisOf(value: AttributeValue | undefined): Axis | undefined {
  return isAxis(value) ? value : undefined
}

function axesOf(value: Attributes[string] | undefined): readonly Axis[] {
  return Array.isArray(value) ? value.filter(isAxis) : []
}

function isZero(node: Node | undefined): boolean {
  return node?.op === 'constant' && node.attributes.value === 0
}
