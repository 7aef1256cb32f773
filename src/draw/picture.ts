/**
 * A training step as a picture: boxes in columns (students, losses, teachers) and rows, with their contents.
 * DOT, SVG and HTML are made of it, so they show the same. Equal layers that no loss reads one by one are one
 * box. States that a loss compares are in one row.
 */

import type { ModelInstance, Program, Stage } from '../check/program.ts'
import { ownerOf } from '../check/trained.ts'
import { nodeFlops } from '../graph/cost.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { leafName } from '../graph/leaf.ts'
import { type BatchSizes, elementCount, printType } from '../graph/type.ts'
import type { StageGraphs } from '../lower/stage.ts'
import { arrange } from './arrange.ts'
import type { Box, BoxKind, Column, Comparison, Draft, Edge, Work } from './boxes.ts'
import { componentsOf } from './components.ts'
import { type Place, partOf, placeNodes } from './places.ts'

export interface Picture {
  readonly spec: string
  readonly stage: string
  /** The total, as the spec writes it. */
  readonly minimize: string
  readonly columns: readonly Column[]
  readonly boxes: readonly Box[]
  readonly edges: readonly Edge[]
  readonly sizes: BatchSizes
  readonly graph: Graph
  readonly names: ReadonlyMap<Node, string>
  /** Nodes that only the gradient needs. */
  readonly backward: ReadonlySet<Node>
}

/** The picture of a stage's step. `sizes`: examples and tokens that FLOPs are counted for. */
export function pictureOf(program: Program, stage: Stage, graphs: StageGraphs, sizes: BatchSizes): Picture {
  const graph = graphs.step
  const { places, forward } = placeNodes(program, stage, graphs)
  const trained = new Set(stage.trained)
  const learning = new Set(
    graph.nodes.flatMap((n) =>
      n.op === 'parameter' && trained.has(leafName(n) ?? '') ? (places.get(n)?.owner ?? []) : [],
    ),
  )
  const members = groupNodes(graph, stage, places, forward)
  const boxOf = new Map<Node, string>()
  for (const [id, { nodes }] of members) for (const node of nodes) boxOf.set(node, id)
  // A part that a loss reads has a box of its own.
  const read = new Set<string>()
  for (const [id, { nodes }] of members) {
    if (!id.startsWith('meeting')) continue
    for (const node of nodes)
      for (const input of node.inputs) if (forward.has(node)) read.add(boxOf.get(input) ?? '')
  }
  const drafts: Draft[] = []
  const counted = new Set<string>()
  /** Elements of parameters that no box has counted yet. Those of other models are counted there. */
  const count = (used: ReadonlySet<Node>, kind: BoxKind, owner: string): number => {
    let sum = 0
    for (const p of used) {
      const name = leafName(p) ?? ''
      const home = ownerOf(name)
      if (counted.has(name) || (kind === 'part' ? home !== owner : !program.projections.has(home))) continue
      counted.add(name)
      sum += elementCount(p.type, sizes)
    }
    return sum
  }
  const idOf = new Map<string, string>()
  let run: { key: string; ids: string[] } | undefined
  const flush = (): void => {
    if (!run) return
    const groups = run.ids.flatMap((id) => members.get(id) ?? [])
    const draft = draftOf(run.ids[0] ?? '', groups)
    for (const id of run.ids) idOf.set(id, draft.id)
    drafts.push(draft)
    run = undefined
  }
  const draftOf = (id: string, groups: readonly Group[]): Draft => {
    const [group] = groups
    const nodes = groups.flatMap((g) => g.nodes)
    const used = parametersOf(nodes)
    const owner = group?.place.owner ?? ''
    const kind = group?.kind ?? 'part'
    const shares = [...used].some((p) => counted.has(leafName(p) ?? ''))
    return {
      id,
      kind,
      owner,
      unread: [],
      trained: learning.has(owner),
      frozen:
        group?.kind === 'part' &&
        (!learning.has(owner) || (used.size > 0 && ![...used].some((p) => trained.has(leafName(p) ?? '')))),
      title: titleOf(groups),
      members: groups.map((g) => ({ title: g.title, nodes: g.nodes })),
      comparisons: group?.comparisons ?? [],
      forward: work(nodes.filter((n) => forward.has(n))),
      backward: work(nodes.filter((n) => !forward.has(n))),
      parameters: count(used, kind, owner),
      shares,
    }
  }
  const work = (nodes: readonly Node[]): Work => {
    const computed = nodes.filter((n) => n.inputs.length > 0)
    return { ops: computed.length, flops: computed.reduce((sum, n) => sum + nodeFlops(n, sizes), 0) }
  }
  const order = [...members].sort(([, a], [, b]) => a.end - b.end)
  const owners = new Set(order.map(([, group]) => group.place.owner))
  for (const owner of owners) {
    for (const [id, group] of order) {
      if (group.place.owner !== owner) continue
      const folds = owner !== '' && group.place.part.startsWith('layer[') && !read.has(id)
      const key = folds ? signature(group.nodes, forward) : ''
      if (run && (!folds || run.key !== key)) flush()
      run ??= { key, ids: [] }
      run.ids.push(id)
      if (!folds) flush()
    }
    flush()
    const instance = program.instances.get(owner)
    if (instance) drafts.push(...unreadPart(instance, counted, learning.has(owner)))
  }
  const boxes = new Map([...boxOf].map(([node, id]): [Node, string] => [node, idOf.get(id) ?? id]))
  const edges = edgesOf(graph, forward, boxes, gradients(graph, trained))
  const { columns, boxes: arranged } = arrange(program, drafts, edges)
  const backward = new Set(graph.nodes.filter((n) => !forward.has(n)))
  return {
    spec: program.file,
    stage: stage.name,
    minimize: minimized(program, stage),
    columns,
    boxes: arranged,
    edges,
    sizes,
    graph,
    names: graphs.names,
    backward,
  }
}

/** What a model has and this step does not read: without it, the boxes would not add up to the model. */
function unreadPart(instance: ModelInstance, counted: ReadonlySet<string>, trained: boolean): Draft[] {
  const rest = instance.parameters.filter(
    ({ path, canonical }) => path === canonical && !counted.has(`${instance.name}.${path}`),
  )
  if (rest.length === 0) return []
  const none: Work = { ops: 0, flops: 0 }
  return [
    {
      id: `${instance.name} unread`,
      kind: 'part',
      owner: instance.name,
      trained,
      frozen: true,
      title: 'not computed',
      unread: [...new Set(rest.map(({ path }) => partTitle(partOf(path))))],
      members: [],
      comparisons: [],
      forward: none,
      backward: none,
      parameters: rest.reduce((sum, { shape }) => sum + shape.reduce((n, size) => n * size, 1), 0),
      shares: false,
    },
  ]
}

interface Group {
  readonly kind: BoxKind
  readonly place: Place
  readonly title: string
  readonly comparisons: readonly Comparison[]
  readonly nodes: Node[]
  /** Position of the last node of its forward pass: what comes behind it reads this one. */
  end: number
}

/**
 * Nodes by box, equal layers still apart: parts of models, meeting points of losses, the batch, the total.
 */
function groupNodes(
  graph: Graph,
  stage: Stage,
  places: ReadonlyMap<Node, Place>,
  forward: ReadonlySet<Node>,
): Map<string, Group> {
  const groups = new Map<string, Group>()
  const positions = new Map(graph.nodes.map((node, i) => [node, i]))
  const add = (id: string, make: () => Omit<Group, 'nodes' | 'end'>, node: Node): void => {
    const group = groups.get(id) ?? { ...make(), nodes: [], end: 0 }
    groups.set(id, group)
    group.nodes.push(node)
    if (forward.has(node)) group.end = Math.max(group.end, positions.get(node) ?? 0)
  }
  const components = componentsOf(graph, stage, places, forward)
  for (const node of graph.nodes) {
    const place = places.get(node)
    if (place === undefined) continue
    const component = components.get(node)
    if (component) {
      const { id, comparisons } = component
      add(id, () => ({ kind: id === 'total' ? 'total' : 'meeting', place, title: '', comparisons }), node)
    } else if (place.kind === 'model') {
      const title = partTitle(place.part)
      add(`${place.owner}.${place.part}`, () => ({ kind: 'part', place, title, comparisons: [] }), node)
    } else {
      add('batch', () => ({ kind: 'batch', place, title: 'batch', comparisons: [] }), node)
    }
  }
  return groups
}

function partTitle(part: string): string {
  return part.replace(/^layer\[(\d+)\]$/, 'layer $1')
}

function titleOf(groups: readonly Group[]): string {
  const [first] = groups
  const last = groups.at(-1)
  if (!first || !last || groups.length === 1) return first?.title ?? ''
  return `layers ${first.title.replace('layer ', '')}\u2013${last.title.replace('layer ', '')}`
}

/** Equal for layers that do the same to tensors of the same types. */
function signature(nodes: readonly Node[], forward: ReadonlySet<Node>): string {
  return nodes
    .filter((n) => forward.has(n) && n.inputs.length > 0)
    .map((n) => `${n.op} ${printType(n.type)}`)
    .join('\n')
}

function parametersOf(nodes: readonly Node[]): ReadonlySet<Node> {
  return new Set([...nodes, ...nodes.flatMap((n) => n.inputs)].filter((n) => n.op === 'parameter'))
}

/** Nodes through which a gradient reaches a trained parameter. */
function gradients(graph: Graph, trained: ReadonlySet<string>): ReadonlySet<Node> {
  const passing = new Set<Node>()
  for (const node of graph.nodes) {
    const own = node.op === 'parameter' && trained.has(leafName(node) ?? '')
    const through = node.op !== 'stop_gradient' && node.type.dtype === 'f32'
    if (own || (through && node.inputs.some((input) => passing.has(input)))) passing.add(node)
  }
  return passing
}

function edgesOf(
  graph: Graph,
  forward: ReadonlySet<Node>,
  boxes: ReadonlyMap<Node, string>,
  passing: ReadonlySet<Node>,
): Edge[] {
  const found = new Map<string, { from: string; to: string; gradient: boolean; types: Set<string> }>()
  for (const node of graph.nodes) {
    if (!forward.has(node)) continue
    for (const input of node.inputs) {
      const [from, to] = [boxes.get(input), boxes.get(node)]
      if (from === undefined || to === undefined || from === to) continue
      if (input.op === 'constant' || input.op === 'vector' || input.op === 'parameter') continue
      const key = `${from} -> ${to}`
      const edge = found.get(key) ?? { from, to, gradient: false, types: new Set<string>() }
      edge.gradient ||= passing.has(input) && passing.has(node)
      edge.types.add(printType(input.type))
      found.set(key, edge)
    }
  }
  return [...found.values()].map((edge) => ({ ...edge, types: [...edge.types] }))
}

/** The text behind `minimize`, in one line. */
function minimized(program: Program, stage: Stage): string {
  const { file, start, end } = stage.minimize.span
  const text = (program.sources.get(file) ?? '').slice(start, end).replace(/\s+/g, ' ')
  return text || stage.terms.map(({ name }) => name).join(' + ')
}
