/**
 * The place of each node of a training step in the picture: a part of a model (its embedding, a layer, a
 * head), a loss, or the batch. Known places come first (binding paths, then parameters). A node in between
 * has the place of its readers.
 */
import type { Program, Stage } from '../check/program.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { leafName } from '../graph/leaf.ts'
import type { StageGraphs } from '../lower/stage.ts'

export interface Place {
  readonly kind: 'batch' | 'model' | 'projection' | 'loss'
  /** The model or projection: `S`. Empty for the batch and for losses. */
  readonly owner: string
  /** `embedding`, `layer[3]`, `task`. */
  readonly part: string
}

export interface Placed {
  readonly places: ReadonlyMap<Node, Place>
  /** What the losses need; all other nodes belong to the backward pass. */
  readonly forward: ReadonlySet<Node>
}

const batch: Place = { kind: 'batch', owner: '', part: 'batch' }
const loss: Place = { kind: 'loss', owner: '', part: 'loss' }

/** Gives every node of a stage's step graph its place. */
export function placeNodes(program: Program, stage: Stage, graphs: StageGraphs): Placed {
  const { step } = graphs
  const forward = forwardNodes(step, stage)
  const interned = new Map<string, Place>()
  const place = (kind: Place['kind'], owner: string, part: string): Place => {
    const key = `${kind} ${owner} ${part}`
    const known = interned.get(key) ?? { kind, owner, part }
    interned.set(key, known)
    return known
  }
  const ofPath = (path: string): Place | undefined => {
    const owner = /^[\w']+/.exec(path)?.[0] ?? ''
    if (program.projections.has(owner)) return place('projection', owner, owner)
    if (program.instances.has(owner)) return place('model', owner, partOf(path.slice(owner.length + 1)))
    return undefined
  }
  const readers = readersOf(step)
  const places = placeForward(step, forward, graphs.names, readers, ofPath)
  placeBackward(step, forward, places, readers, ofPath)
  return { places, forward }
}

/** `layer[3].ffn.up.weight` -> `layer[3]`, `hidden[0]` -> `embedding`, `task.weight` -> `task`. */
export function partOf(path: string): string {
  const layer = /^layer\[\d+\]/.exec(path)?.[0]
  if (layer !== undefined) return layer
  const state = /^\w+\[(\d+)\]$/.exec(path)?.[1]
  if (state !== undefined) return state === '0' ? 'embedding' : `layer[${state}]`
  return /^\w+/.exec(path)?.[0] ?? path
}

function forwardNodes(step: Graph, stage: Stage): ReadonlySet<Node> {
  const names = ['total', ...stage.terms.map(({ name }) => `term ${name}`)]
  const forward = new Set(names.flatMap((name) => step.outputs.get(name) ?? []))
  for (const node of step.nodes.toReversed())
    if (forward.has(node)) for (const input of node.inputs) forward.add(input)
  return forward
}

function readersOf(graph: Graph): ReadonlyMap<Node, readonly Node[]> {
  const readers = new Map<Node, Node[]>(graph.nodes.map((node) => [node, []]))
  for (const node of graph.nodes) for (const input of node.inputs) readers.get(input)?.push(node)
  return readers
}

function placeForward(
  step: Graph,
  forward: ReadonlySet<Node>,
  names: ReadonlyMap<Node, string>,
  readers: ReadonlyMap<Node, readonly Node[]>,
  ofPath: (path: string) => Place | undefined,
): Map<Node, Place> {
  const places = new Map<Node, Place>()
  const learned = new Set<Node>()
  for (const node of step.nodes)
    if (node.op === 'parameter' || node.inputs.some((input) => learned.has(input))) learned.add(node)
  // Without a name, and read by several parts of a model: it belongs to none of them.
  const between = new Set<Node>()
  // From the losses down: a node without a name has the place of its reader.
  for (const node of step.nodes.toReversed()) {
    if (!forward.has(node)) continue
    const leaf = leafName(node)
    // What is the same for all models (the mask of padding) is the batch's, whatever binds it first.
    const name = node.op === 'parameter' ? leaf : learned.has(node) ? names.get(node) : undefined
    const own = name === undefined ? undefined : ofPath(name)
    if (own !== undefined) {
      places.set(node, own)
      continue
    }
    const following = (readers.get(node) ?? []).filter((reader) => forward.has(reader))
    const next = following.flatMap((reader) => places.get(reader) ?? [])
    const models = [...new Set(next.filter(({ kind }) => kind === 'model'))]
    const [first] = models.toReversed()
    if (node.op === 'input' || node.op === 'constant' || node.op === 'vector') places.set(node, batch)
    else if (!learned.has(node)) places.set(node, models.length === 1 && first ? first : batch)
    else if (first !== undefined && models.every(({ owner }) => owner === first.owner)) {
      places.set(node, first)
      if (models.length > 1 || following.some((reader) => between.has(reader))) between.add(node)
    } else {
      const parameter = node.inputs.find(({ op }) => op === 'parameter')
      places.set(node, (parameter && ofPath(leafName(parameter) ?? '')) ?? first ?? loss)
    }
  }
  const position = new Map(step.nodes.map((node, i) => [node, i]))
  for (const node of step.nodes) {
    if (!between.has(node)) continue
    const last = node.inputs
      .filter((input) => learned.has(input) && input.op !== 'parameter')
      .reduce<Node | undefined>(
        (a, b) => (a && (position.get(a) ?? 0) > (position.get(b) ?? 0) ? a : b),
        undefined,
      )
    const place = last && places.get(last)
    if (place?.kind === 'model' && place.owner === places.get(node)?.owner) places.set(node, place)
  }
  return places
}

/** Gradients have the place of the values whose gradients they are. */
function placeBackward(
  step: Graph,
  forward: ReadonlySet<Node>,
  places: Map<Node, Place>,
  readers: ReadonlyMap<Node, readonly Node[]>,
  ofPath: (path: string) => Place | undefined,
): void {
  const order = new Map<Place, number>()
  for (const node of step.nodes) {
    const place = places.get(node)
    if (place && node.op !== 'parameter' && !order.has(place)) order.set(place, order.size)
  }
  const rank = (place: Place): number => order.get(place) ?? -1
  const latest = (list: Iterable<Place>): Place | undefined =>
    [...list].reduce<Place | undefined>((a, b) => (a && rank(a) >= rank(b) ? a : b), undefined)
  // The one place where a parameter is read; undefined for a shared one.
  const home = new Map<string, Place | undefined>()
  const sharing = new Set<string>()
  for (const node of step.nodes) {
    if (node.op !== 'parameter') continue
    const read = new Set(
      (readers.get(node) ?? []).flatMap((r) => (forward.has(r) ? (places.get(r) ?? []) : [])),
    )
    const [only] = read
    home.set(leafName(node) ?? '', read.size === 1 ? only : undefined)
    if (read.size > 1 && only) sharing.add(only.owner)
    if (!places.has(node)) places.set(node, only ?? ofPath(leafName(node) ?? '') ?? batch)
  }
  const reached = new Map<Node, Place>()
  for (const [name, node] of step.outputs) {
    const place = home.get(name.replace(/^\S+ /, ''))
    if (place && !forward.has(node))
      reached.set(node, latest([place, ...(reached.has(node) ? [reached.get(node) ?? place] : [])]) ?? place)
  }
  for (const node of step.nodes.toReversed()) {
    const place = reached.get(node)
    if (!place) continue
    for (const input of node.inputs) {
      if (forward.has(input)) continue
      const known = reached.get(input)
      reached.set(input, known && rank(known) >= rank(place) ? known : place)
    }
  }
  for (const node of step.nodes) {
    if (places.has(node)) continue
    const parameter = node.inputs.find(({ op }) => op === 'parameter')
    const ofParameter = parameter && home.get(leafName(parameter) ?? '')
    const read = node.inputs.flatMap((i) =>
      forward.has(i) && i.op !== 'parameter' ? (places.get(i) ?? []) : [],
    )
    const ofLoss = read.find(({ kind }) => kind === 'loss')
    const parts = read.filter(({ kind }) => kind === 'model' || kind === 'projection')
    const goal = reached.get(node)
    const before = node.inputs.flatMap((i) => (forward.has(i) ? [] : (places.get(i) ?? [])))
    // A shared weight has no home that its gradients lead to: they stay where they come from.
    const own = ({ owner }: Place): boolean => owner === goal?.owner
    const known = goal && sharing.has(goal.owner) ? parts.filter(own) : goal ? [goal, ...parts] : parts
    const stays = goal && sharing.has(goal.owner) ? (before.find(own) ?? goal) : goal
    const found =
      ofParameter ??
      ofLoss ??
      (parts.length > 0 ? latest(known) : undefined) ??
      stays ??
      before.find(({ kind }) => kind !== 'batch')
    places.set(node, found ?? loss)
  }
}
