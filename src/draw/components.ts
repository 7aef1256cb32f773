/**
 * Meeting points: the nodes of the losses taken apart into what belongs together, one for each pair of states
 * that a term compares. A scalar that adds up several of them belongs to the total. Those that read the same
 * parts of models are one meeting point.
 */

import type { Stage } from '../check/program.ts'
import type { Graph, Node } from '../graph/graph.ts'
import type { Comparison } from './boxes.ts'
import type { Place } from './places.ts'

export interface Component {
  /** `meeting 3`, or `total` */
  readonly id: string
  readonly comparisons: readonly Comparison[]
}

interface Open {
  parent?: Open
  readonly nodes: Node[]
}

/** The meeting point of each node of a loss or projection, gradients included. */
export function componentsOf(
  graph: Graph,
  stage: Stage,
  places: ReadonlyMap<Node, Place>,
  forward: ReadonlySet<Node>,
): ReadonlyMap<Node, Component> {
  const isLoss = (node: Node): boolean => {
    const kind = places.get(node)?.kind
    return (kind === 'loss' || kind === 'projection') && node.op !== 'parameter'
  }
  const open = new Map<Node, Open>()
  const summing = new Set<Node>()
  const losses = graph.nodes.filter((node) => isLoss(node) && forward.has(node))
  for (const node of losses) {
    const inputs = node.inputs.filter(isLoss)
    const parts = new Set(inputs.flatMap((input) => (open.has(input) ? [rootOf(open.get(input))] : [])))
    const scalar = node.type.dimensions.length === 0
    if (inputs.some((input) => summing.has(input)) || (scalar && parts.size > 1)) {
      summing.add(node)
      continue
    }
    const [first = { nodes: [] }, ...others] = parts
    for (const other of others) {
      first.nodes.push(...other.nodes)
      other.parent = first
    }
    first.nodes.push(node)
    open.set(node, first)
  }
  const terms = termsOf(graph, stage)
  const bySide = new Map<string, { id: string; comparisons: Comparison[] }>()
  const found = new Map<Node, Component>()
  const total: Component = { id: 'total', comparisons: [] }
  for (const part of new Set([...open.values()].map((p) => rootOf(p)))) {
    const read = new Set<string>()
    let projection: string | undefined
    const names = new Set<string>()
    for (const node of part.nodes) {
      for (const name of terms.get(node) ?? []) names.add(name)
      const place = places.get(node)
      if (place?.kind === 'projection') projection = place.owner
      for (const input of node.inputs) {
        const from = places.get(input)
        if (from?.kind === 'model' && input.op !== 'parameter') read.add(`${from.owner}.${from.part}`)
      }
    }
    const key = [...read].sort().join(' ')
    const meeting = bySide.get(key) ?? { id: `meeting ${bySide.size + 1}`, comparisons: [] }
    bySide.set(key, meeting)
    const term = [...names].join(', ') || 'loss'
    if (!meeting.comparisons.some((c) => c.term === term && c.projection === projection))
      meeting.comparisons.push({ term, ...(projection === undefined ? {} : { projection }) })
    for (const node of part.nodes) found.set(node, meeting)
  }
  for (const node of summing) found.set(node, total)
  placeGradients(graph, forward, isLoss, found, total)
  return found
}

function rootOf(open: Open | undefined): Open {
  let at = open ?? { nodes: [] }
  while (at.parent) at = at.parent
  return at
}

/** Names of the terms that a node contributes to. */
function termsOf(graph: Graph, stage: Stage): ReadonlyMap<Node, ReadonlySet<string>> {
  const terms = new Map<Node, Set<string>>()
  for (const { name } of stage.terms) {
    const output = graph.outputs.get(`term ${name}`)
    if (output) terms.set(output, (terms.get(output) ?? new Set()).add(name))
  }
  for (const node of graph.nodes.toReversed()) {
    const own = terms.get(node)
    if (!own) continue
    for (const input of node.inputs) {
      const known = terms.get(input) ?? new Set()
      for (const name of own) known.add(name)
      terms.set(input, known)
    }
  }
  return terms
}

/** A gradient of a loss is placed with its inputs. */
function placeGradients(
  graph: Graph,
  forward: ReadonlySet<Node>,
  isLoss: (node: Node) => boolean,
  found: Map<Node, Component>,
  total: Component,
): void {
  for (const node of graph.nodes) {
    if (forward.has(node) || !isLoss(node)) continue
    const near = node.inputs.flatMap((input) => found.get(input) ?? [])
    found.set(node, near.find((c) => c !== total) ?? near[0] ?? total)
  }
}
