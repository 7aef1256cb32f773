/**
 * sum(loss(linear(x, W, b), t))  ==>  sum(loss(linear(chunk(x, 0), W, b), chunk(t, 0))) + sum(loss(linear(chunk(x, 1), W, b), chunk(t, 1))) + ...
 *
 * Logits over a vocabulary are the widest rows of a step by far: a few thousand positions of 30,522 classes
 * are 300 MB, and a soft loss holds logits, targets, both at a temperature, shares and a gradient. Positions
 * are done a share at a time. The gradient of a sum does not depend on the other summands, so with the right
 * order of nodes (src/plan/schedule.ts) a share goes through forward and back before the next one begins, and
 * nothing is computed twice.
 *
 * The number of shares is the smallest that brings the wide values below a quarter of what else is kept for
 * the gradient, or below `smallWide`: less would hardly be seen, and each share costs a gradient of the whole
 * matrix that is added to the others.
 */
import { differentiate } from '../../differentiate/differentiate.ts'
import {
  type Attributes,
  type Graph,
  type GraphBuilder,
  GraphError,
  type Node,
  type Size,
} from '../../graph/graph.ts'
import { leafName } from '../../graph/leaf.ts'
import {
  concreteSize,
  dimensionsAttribute,
  elementCount,
  hasAxis,
  printType,
  readDimensions,
  shareOf,
  sizeOf,
} from '../../graph/type.ts'
import { longestNote, type Pass, type PassContext } from '../pass.ts'
import { readBy, termsBeyond } from '../readers.ts'
import { rewrite } from '../rewrite.ts'
import { type RowRegion, regionOf, rowsOf } from '../row-regions.ts'

interface Limits {
  /** Numbers in a row of more than any layer has. */
  readonly wideRow: number
  /** Bytes of wide values with which nothing is done. */
  readonly smallWide: number
  /** The same as a share of the other values that are kept for the gradient. */
  readonly smallShare: number
  /**
   * A share has at least so many positions at a full micro-batch: with fewer, products by a large matrix cost
   * more to prepare than to do.
   */
  readonly fewestRows: number
}

export const chunkVocabularyLoss = chunking({
  wideRow: 4096,
  smallWide: 2 ** 26,
  smallShare: 1 / 4,
  fewestRows: 256,
})

const rowSymbols = ['R', 'M', 'W'] as const
/** Numbers of positions are multiples of 16, so these divide them. */
const counts = [2, 4, 8, 16] as const
/** What must be left at most, as a share of the wide values, gradients of matrices included. */
const mostLeft = 3 / 4

export function chunking(limits: Limits): Pass {
  return {
    name: 'chunk-vocabulary-loss',
    phase: 'forward',
    summary: 'losses over a vocabulary are computed in chunks of positions',
    run: (graph, context) => {
      remark(graph, limits, context)
      return rowSymbols.reduce((before, rows) => chunked(before, rows, limits, context), graph)
    },
  }
}

function chunked(graph: Graph, rows: Size, limits: Limits, context: PassContext): Graph {
  const wide = graph.nodes.filter((node) => rowsOf(node) === rows && isWide(node, limits, context))
  if (wide.length === 0) return graph
  const { region } = regionOf(graph, rows, wide)
  if (region === undefined) return graph
  const held = wide.filter((node) => region.nodes.has(node)).map((node) => bytesOf(node, context))
  // what the forward pass makes, and a gradient
  const bytes = held.reduce((sum, n) => sum + n, Math.max(...held))
  const count = countFor(graph, region, bytes, limits, context)
  if (count === 1) return graph
  context.note(
    `${inMebibytes(bytes)} of values over ${classesOf(wide)} became ${inMebibytes(bytes / count)}: ${count} chunks of positions`,
  )
  return apart(graph, region, count, context)
}

/**
 * Notes why the first large value over classes is not chunked: it has no rows to divide, or one node reads
 * all of them at once.
 */
function remark(graph: Graph, limits: Limits, context: PassContext): void {
  const large = graph.nodes.filter((node) => bytesOf(node, context) > limits.smallWide)
  const undivided = large.find((node) => isWide(node, limits, context, 'example'))
  if (undivided !== undefined) {
    noteWhole(graph, undivided, 'at all tokens', context)
    return
  }
  for (const rows of rowSymbols) {
    const wide = large.filter((node) => rowsOf(node) === rows && isWide(node, limits, context))
    const [obstacle] = regionOf(graph, rows, wide).obstacles
    if (obstacle !== undefined) noteWhole(graph, obstacle.seed, `in ${obstacle.reader}`, context)
  }
}

function noteWhole(graph: Graph, node: Node, how: string, { note }: PassContext): void {
  const terms = readBy(termsBeyond(graph)(node))
  const text = `${printType(node.type)} kept whole: ${terms} it ${how}`
  note(text.length <= longestNote ? text : `${printType(node.type)} kept whole: it is read ${how}`)
}

/** `class 30522` */
function classesOf(wide: readonly Node[]): string {
  const last = wide.map(({ type }) => type.dimensions.at(-1)).find((dimension) => dimension !== undefined)
  return last === undefined ? '' : `${last.axis} ${last.size}`
}

/**
 * Whether a value has long rows of numbers along positions, or for each token of each example. Random factors
 * are no more than what they are put on.
 */
function isWide(
  { op, inputs, type }: Node,
  { wideRow }: Limits,
  { sizes }: PassContext,
  along: 'position' | 'example' = 'position',
): boolean {
  if (inputs.length === 0 || type.dtype !== 'f32' || op === 'dropout_mask' || !hasAxis(type, along))
    return false
  const rows = along === 'example' ? sizes.B * sizes.L : concreteSize(sizeOf(type, along), sizes)
  return hasAxis(type, 'class') && elementCount(type, sizes) > wideRow * rows
}

/** Number of chunks of a region; 1 if it is not chunked. */
function countFor(
  graph: Graph,
  region: RowRegion,
  bytes: number,
  { smallWide, smallShare, fewestRows }: Limits,
  context: PassContext,
): number {
  const sum = (nodes: Iterable<Node>): number =>
    [...nodes].reduce((total, node) => total + bytesOf(node, context), 0)
  if (bytes <= smallWide) return 1
  const trained = trainedOf(graph, context)
  const kept = [...keptForGradient(graph, trained, context)].filter(
    (node) => ofBatch(node) && !region.nodes.has(node),
  )
  const target = Math.max(smallWide, smallShare * sum(kept))
  if (bytes <= target) return 1
  const possible = counts.filter((n) => concreteSize(region.rows, context.sizes) / n >= fewestRows)
  const count = possible.find((n) => bytes / n <= target) ?? possible.at(-1) ?? 1
  const passing = madeOf(graph, trained)
  // each share makes a gradient of what all rows read, and it is added to that of the others
  const shared = [...region.nodes].flatMap(({ inputs }) =>
    inputs.filter((node) => passing.has(node) && !ofBatch(node)),
  )
  return bytes / count + sum(new Set(shared)) <= mostLeft * bytes ? count : 1
}

function ofBatch({ type }: Node): boolean {
  return hasAxis(type, 'position') || hasAxis(type, 'example')
}

function trainedOf(graph: Graph, { frozen }: PassContext): readonly string[] {
  return graph.nodes.flatMap((node) => {
    const name = node.op === 'parameter' ? leafName(node) : undefined
    return name === undefined || frozen(name) ? [] : [name]
  })
}

/** Values of the graph that its gradient reads; none where it has no total. */
function keptForGradient(graph: Graph, trained: readonly string[], { ops }: PassContext): ReadonlySet<Node> {
  if (!graph.outputs.has('total')) return new Set()
  const own = new Set(graph.nodes)
  const back = differentiate(graph, 'total', trained, ops).nodes.filter((node) => !own.has(node))
  return new Set(back.flatMap(({ inputs }) => inputs.filter((input) => own.has(input))))
}

/** Some parameters and all that is made of them. */
function madeOf(graph: Graph, parameters: readonly string[]): ReadonlySet<Node> {
  const names = new Set(parameters)
  const made = new Set<Node>()
  for (const node of graph.nodes) {
    const name = node.op === 'parameter' ? leafName(node) : undefined
    if (name === undefined ? node.inputs.some((input) => made.has(input)) : names.has(name)) made.add(node)
  }
  return made
}

/** The graph with each sum of the region as a sum over shares. */
function apart(graph: Graph, region: RowRegion, count: number, { ops, moved }: PassContext): Graph {
  const shares = new Shares(region, count, moved)
  return rewrite(
    graph,
    ops,
    (builder, node, inputs) => {
      shares.learn(node, inputs)
      return region.sums.has(node) ? shares.sum(builder, node) : undefined
    },
    (before, after) => {
      if (!region.nodes.has(before)) moved(before, after)
    },
  )
}

/** A region once for each share of the positions. */
class Shares {
  private readonly region: RowRegion
  private readonly count: number
  private readonly moved: PassContext['moved']
  private readonly rebuilt = new Map<Node, Node>()
  private readonly parts = new Map<Node, (Node | undefined)[]>()

  constructor(region: RowRegion, count: number, moved: PassContext['moved']) {
    this.region = region
    this.count = count
    this.moved = moved
  }

  /** What the inputs of a node have become. */
  learn(node: Node, inputs: readonly Node[]): void {
    for (const [i, input] of node.inputs.entries()) {
      const rebuilt = inputs[i]
      if (rebuilt !== undefined) this.rebuilt.set(input, rebuilt)
    }
  }

  sum(builder: GraphBuilder, node: Node): Node {
    const parts = Array.from({ length: this.count }, (_, k) => this.copy(builder, node, k))
    return parts.reduce((a, b) => builder.add('add', [a, b], {}, node.source))
  }

  private part(builder: GraphBuilder, node: Node, index: number): Node {
    const made = this.parts.get(node) ?? []
    const known = made[index]
    if (known !== undefined) return known
    const inside = this.region.nodes.has(node)
    const part = inside
      ? this.copy(builder, node, index)
      : builder.add('chunk', [this.whole(node)], { axis: 'position', index, count: this.count }, node.source)
    if (inside) this.moved(node, part)
    made[index] = part
    this.parts.set(node, made)
    return part
  }

  private copy(builder: GraphBuilder, node: Node, index: number): Node {
    const inputs = node.inputs.map((input) =>
      rowsOf(input) === this.region.rows ? this.part(builder, input, index) : this.whole(input),
    )
    return builder.add(node.op, inputs, this.shared(node.attributes), node.source)
  }

  private whole(node: Node): Node {
    const found = this.rebuilt.get(node)
    if (found === undefined)
      throw new GraphError(`chunk-vocabulary-loss: ${node.op} (id ${node.id}) is not made yet`)
    return found
  }

  /** Attributes that give sizes of dimensions, with a share of the positions. */
  private shared(attributes: Attributes): Attributes {
    if (attributes.dimensions === undefined) return attributes
    const dimensions = readDimensions(attributes.dimensions).map(({ axis, size }) => ({
      axis,
      size: axis === 'position' ? shareOf(size, this.count) : size,
    }))
    return { ...attributes, dimensions: dimensionsAttribute(dimensions) }
  }
}

function bytesOf(node: Node, { sizes }: PassContext): number {
  return elementCount(node.type, sizes) * (node.type.dtype === 'bool' ? 1 : 4)
}

function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`
}
