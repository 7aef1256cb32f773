/**
 * step(batch): .. T(batch) ..  ==> frozen(batch): hoisted[k] = T(batch)     once per example, before the first step
 *                                  step(batch, hoisted[k]): .. hoisted[k] ..     what is kept, in place of the teacher
 *
 * Only what an example decides by itself (example-values.ts): parameters that the stage does not train, no
 * dropout, nothing that is drawn again. Which values are kept is the cheapest cut between the batch and what
 * the losses read: a kept value costs its bytes, one that is not its operations in every step. Masks, counts
 * and embeddings, with no product behind them, are never kept.
 */
import { graphFlops, nodeFlops } from '../../graph/cost.ts'
import type { Graph, Node } from '../../graph/graph.ts'
import { graphIdentity } from '../../graph/identity.ts'
import { leafName } from '../../graph/leaf.ts'
import { elementCount, hasAxis } from '../../graph/type.ts'
import { flopsPerByte, pays } from '../cache-cost.ts'
import { counted } from '../census.ts'
import { ExampleValues } from '../example-values.ts'
import { type Edge, minimumCut } from '../minimum-cut.ts'
import type { Caching, HoistedValue, Pass, PassContext } from '../pass.ts'
import { rewrite } from '../rewrite.ts'

/** To start a kernel, or to bring one more value to the device, takes as long as so many operations: 5 us. */
const flopsPerNode = 1e5
/** Of a step's forward operations: less is not worth a cache. */
const leastShare = 0.01

export const hoistFrozen: Pass = {
  name: 'hoist-frozen',
  phase: 'forward',
  summary: 'values of a frozen teacher are computed once per example and cached',
  run: (graph, context) => {
    const { caching } = context
    if (caching === undefined) return graph
    const cut = cheapestCut(graph, context, caching)
    const models = ownersOf(cut.frozen.nodes)
    const owners = models.join(', ')
    if (cut.saved <= leastShare * graphFlops(graph, context.sizes)) {
      for (const one of droppingOut(graph, context))
        context.note(`computed in every step, because of its dropout: ${one}`)
      return graph
    }
    if (caching.masked) {
      context.note(`computed in every step, because masks are new in each epoch: ${owners}`)
      return graph
    }
    const bytes = cut.kept.reduce((sum, node) => sum + valueBytes(node, context), 0) / context.sizes.B
    const { epochs } = caching
    if (epochs !== undefined && !pays(epochs, cut.saved / context.sizes.B, bytes)) {
      context.note(`computed in every step, which is cheaper for ${counted(epochs, 'epoch')}: ${owners}`)
      return graph
    }
    const after = rewrite(
      graph,
      context.ops,
      (builder, node) => {
        const k = cut.kept.indexOf(node)
        return k < 0 ? undefined : builder.input(nameOf(k), node.type)
      },
      context.moved,
    )
    caching.hoist({
      graph: cut.frozen,
      values: cut.values,
      models,
      identity: graphIdentity(cut.frozen),
      flops: cut.saved / context.sizes.B,
    })
    context.note(
      `computed once per example: ${owners}, ${counted(cut.kept.length, 'value')} of ${byteText(bytes)} cached`,
    )
    return after
  },
}

interface Cut {
  readonly kept: readonly Node[]
  readonly values: readonly HoistedValue[]
  readonly frozen: Graph
  /** Operations that a step without it saves. */
  readonly saved: number
}

function cheapestCut(graph: Graph, context: PassContext, caching: Caching): Cut {
  const own = new ExampleValues(graph, { frozen: context.frozen, fixedLength: caching.fixedLength })
  const isKept = keptNodes(graph, own, context)
  const kept = graph.nodes.filter(isKept)
  const live = computed(graph, isKept)
  const padded = own.readAtPadding(graph, live)
  const frozen: Graph = {
    name: `${graph.name} frozen`,
    nodes: graph.nodes.filter(within(kept)),
    outputs: new Map(kept.map((node, k) => [nameOf(k), node])),
  }
  const spared = frozen.nodes.filter((node) => !live.has(node))
  return {
    kept,
    values: kept.map((node, k) => ({
      name: nameOf(k),
      dimensions: node.type.dimensions,
      padded: padded.has(node),
    })),
    frozen,
    saved: spared.reduce((sum, node) => sum + nodeFlops(node, context.sizes), 0),
  }
}

/**
 * The minimum cut. Each node has two vertices: its value is needed, and its value is computed. A value that
 * is needed but not computed is cached, which costs its bytes. Computing it costs its operations, and needs
 * its inputs.
 */
function keptNodes(graph: Graph, own: ExampleValues, context: PassContext): (node: Node) => boolean {
  const places = new Map([...graph.nodes].filter((node) => own.has(node)).map((node, i) => [node, i]))
  const source = 2 * places.size
  const sink = source + 1
  const needed = (i: number) => 2 * i
  const computed = (i: number) => 2 * i + 1
  const worked = new Set<Node>()
  const edges: Edge[] = []
  for (const [node, i] of places) {
    if (node.op === 'linear' || node.op === 'contract' || node.inputs.some((input) => worked.has(input)))
      worked.add(node)
    const isKeepable =
      node.type.dtype === 'f32' &&
      worked.has(node) &&
      (hasAxis(node.type, 'example') || hasAxis(node.type, 'position'))
    const keeping = isKeepable
      ? flopsPerNode + flopsPerByte * valueBytes(node, context)
      : Number.POSITIVE_INFINITY
    const computing = node.inputs.length > 0 ? flopsPerNode + nodeFlops(node, context.sizes) : 0
    edges.push({ from: needed(i), to: computed(i), cost: keeping })
    edges.push({ from: computed(i), to: sink, cost: computing })
    for (const input of node.inputs) {
      const j = places.get(input)
      if (j !== undefined) edges.push({ from: computed(i), to: needed(j), cost: Number.POSITIVE_INFINITY })
    }
  }
  const asked = new Set(graph.outputs.values())
  for (const node of graph.nodes) if (!own.has(node)) for (const input of node.inputs) asked.add(input)
  for (const node of asked) {
    const i = places.get(node)
    if (i !== undefined) edges.push({ from: source, to: needed(i), cost: Number.POSITIVE_INFINITY })
  }
  const inside = minimumCut(sink + 1, edges, source, sink)
  return (node) => {
    const i = places.get(node)
    return i !== undefined && inside.has(needed(i)) && !inside.has(computed(i))
  }
}

/** What a step still computes when some values are given. */
function computed(graph: Graph, isKept: (node: Node) => boolean): ReadonlySet<Node> {
  const live = new Set([...graph.outputs.values()].filter((node) => !isKept(node)))
  for (const node of live) for (const input of node.inputs) if (!isKept(input)) live.add(input)
  return live
}

function within(roots: readonly Node[]): (node: Node) => boolean {
  const found = new Set(roots)
  for (const node of found) for (const input of node.inputs) found.add(input)
  return (node) => found.has(node)
}

function nameOf(k: number): string {
  return `hoisted[${k}]`
}

function valueBytes(node: Node, { sizes }: PassContext): number {
  return 4 * elementCount(node.type, sizes)
}

/** Models by the names of their parameters. */
function ownersOf(nodes: readonly Node[]): string[] {
  const names = nodes.flatMap((node) => (node.op === 'parameter' ? (leafName(node) ?? []) : []))
  return [...new Set(names.map((name) => name.replace(/[.[].*$/s, '')))]
}

/** Models that are not trained and yet drop out. */
function droppingOut(graph: Graph, { frozen }: PassContext): string[] {
  const names = graph.nodes.flatMap((node) => (node.op === 'parameter' ? (leafName(node) ?? []) : []))
  const owner = (name: string) => name.replace(/[.[].*$/s, '')
  const trained = new Set(names.filter((name) => !frozen(name)).map(owner))
  const sites = graph.nodes.flatMap(({ op, attributes }) =>
    op === 'dropout_mask' ? owner(String(attributes.site)) : [],
  )
  return [...new Set(sites)].filter((name) => !trained.has(name))
}

/** `104 bytes`, `1.8 MB` */
function byteText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  const [scale, unit] = bytes < 1e6 ? [1e3, 'kB'] : [1e6, 'MB']
  return `${(bytes / scale).toPrecision(3)} ${unit}`
}
