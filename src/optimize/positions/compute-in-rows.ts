/**
 * Rewrites chosen values into dense rows. Each dead row is always an exact copy of the live row that it
 * repeats, so it is finite if that one is. It is left out when rows are scattered, and counts as zero when
 * they are summed.
 */
import { Builder } from '../../graph/build.ts'
import { type Graph, type GraphBuilder, GraphError, type Node } from '../../graph/graph.ts'
import { axesAttribute } from '../../graph/ops/support/inputs.ts'
import { type PositionKind, positionSymbols, positionsInput } from '../../graph/positions.ts'
import { equalTypes, hasAxis, printType } from '../../graph/type.ts'
import type { PassContext } from '../pass.ts'
import { type Choice, chooseRows, isProduct, sumsUp } from './choose-rows.ts'
import { knownZeros, type Zeros } from './known-zero.ts'
import { onRows, type Rows } from './row-wise.ts'

/**
 * The graph with all that is worth it in rows of some kinds, and the number of products among it; the same
 * object where nothing is.
 */
export function computeInRows(
  graph: Graph,
  context: PassContext,
  kinds: readonly PositionKind[],
): { readonly graph: Graph; readonly products: number } {
  let [before, products] = [graph, 0]
  for (;;) {
    const zeros = knownZeros(before)
    const choice = chooseRows(before, zeros, kinds, context.sizes)
    if (choice.size === 0) return { graph: before, products }
    products += [...choice.keys()].filter(isProduct).length
    const rewriting = new RowRewriting(new Builder(context.ops), choice, zeros)
    for (const node of before.nodes) context.moved(node, rewriting.visit(node))
    // Again: rows that are put back are known to be zero elsewhere, so less may be read of others.
    before = rewriting.finish(before)
  }
}

class RowRewriting {
  private readonly builder: GraphBuilder
  private readonly choice: Choice
  private readonly zeros: Zeros
  /** Values in full form, and in rows of each kind, by the nodes of the old graph. */
  private readonly whole = new Map<Node, Node>()
  private readonly rows: { readonly [kind in PositionKind]: Map<Node, Node> } = {
    attended: new Map(),
    masked: new Map(),
    first_piece: new Map(),
  }

  constructor(builder: GraphBuilder, choice: Choice, zeros: Zeros) {
    this.builder = builder
    this.choice = choice
    this.zeros = zeros
  }

  visit(node: Node): Node {
    const kind = this.choice.get(node)
    return kind === undefined ? this.wholeOf(node) : this.rowsOf(node, kind)
  }

  finish({ name, outputs }: Graph): Graph {
    return this.builder.finish(
      name,
      new Map([...outputs].map(([output, node]) => [output, this.wholeOf(node)])),
    )
  }

  private wholeOf(node: Node): Node {
    const known = this.whole.get(node)
    if (known !== undefined) return known
    const made = this.makeWhole(node)
    if (!equalTypes(made.type, node.type))
      throw new GraphError(`${node.op} ${printType(node.type)} became ${made.op} ${printType(made.type)}`)
    this.whole.set(node, made)
    return made
  }

  private makeWhole(node: Node): Node {
    const kind = this.choice.get(node)
    // Conditions and ids are not put back, but computed in both forms where both are read.
    if (kind !== undefined && node.type.dtype === 'f32')
      return this.builder.add(
        'scatter_positions',
        [this.rowsOf(node, kind), this.rowsLike(kind).places],
        { dead: 'ignore' },
        node.source,
      )
    const [x] = node.inputs
    const summed = x === undefined ? undefined : this.choice.get(x)
    if (x !== undefined && summed !== undefined && sumsUp(node)) return this.sumOfRows(node, x, summed)
    const inputs = node.inputs.map((input) => this.wholeOf(input))
    return this.builder.add(node.op, inputs, node.attributes, node.source)
  }

  private rowsOf(node: Node, kind: PositionKind): Node {
    const known = this.rows[kind].get(node)
    if (known !== undefined) return known
    const made = this.makeRows(node, kind)
    this.rows[kind].set(node, made)
    return made
  }

  private makeRows(node: Node, kind: PositionKind): Node {
    const rows = this.rowsLike(kind)
    if (this.choice.get(node) === kind) {
      const [condition, x, other] = node.inputs
      // In all rows the mask is true. (The other branch may be trained, and then keeps its gradient of
      // zeros.)
      if (
        node.op === 'select' &&
        condition &&
        x &&
        other?.op === 'constant' &&
        this.zeros.alwaysHolds(condition, kind)
      ) {
        const value = this.inputRows(x, kind)
        if (hasAxis(value.type, 'position')) return value
      }
      // A dropout mask is drawn for samples at places: it reads the ids of all samples.
      const inputs = node.inputs.map((input) =>
        node.op === 'dropout_mask' ? this.wholeOf(input) : this.inputRows(input, kind),
      )
      return onRows(this.builder, node, inputs, rows)
    }
    const [ids, table] = node.inputs
    // Rows of a table are as soon looked up for each position as copied there, and its gradient needs no sum
    // over examples.
    if (node.op === 'lookup' && ids && table && !hasAxis(node.type, 'example'))
      return this.builder.add(
        'lookup',
        [this.inputRows(ids, kind), this.wholeOf(table)],
        node.attributes,
        node.source,
      )
    return this.builder.add(
      'gather_positions',
      [this.wholeOf(node), rows.places],
      { dead: 'copy' },
      node.source,
    )
  }

  /** What has neither examples nor tokens is the same for all rows. */
  private inputRows(input: Node, kind: PositionKind): Node {
    const varies = hasAxis(input.type, 'example') || hasAxis(input.type, 'token')
    return varies || this.choice.has(input) ? this.rowsOf(input, kind) : this.wholeOf(input)
  }

  private sumOfRows(node: Node, x: Node, kind: PositionKind): Node {
    const axes = axesAttribute(node.op, node.attributes, 'axes')
    const summed = axes.flatMap((axis) =>
      axis === 'example' ? ['position'] : axis === 'token' ? [] : [axis],
    )
    return this.builder.add('sum', [this.liveRows(x, kind)], { axes: summed }, node.source)
  }

  /** Rows with zeros for the dead ones. */
  private liveRows(x: Node, kind: PositionKind): Node {
    const { builder: b } = this
    const { places } = this.rowsLike(kind)
    const rows = this.rowsOf(x, kind)
    const live = b.add('greater_equal', [b.add('cast', [places], { dtype: 'f32' }), b.constant(0)])
    const zero = b.constant(0)
    const [condition, value, other] = rows.inputs
    if (rows.op === 'select' && condition && value && other === zero)
      return b.add('select', [b.add('and', [condition, live]), value, zero], {}, x.source)
    return b.add('select', [live, rows, zero], {}, x.source)
  }

  private rowsLike(kind: PositionKind): Rows {
    const positions = { axis: 'position', size: positionSymbols[kind] } as const
    return {
      positions,
      places: this.builder.input(positionsInput(kind), { dtype: 'i32', dimensions: [positions] }),
    }
  }
}
