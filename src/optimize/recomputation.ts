/**
 * The values that a step may recompute in its backward pass instead of keeping them, their costs, and the
 * rewritten graph. It does not depend on models: a forward value is one that a loss depends on, and the
 * backward pass begins where cotangents are computed from cotangents.
 */
import { Builder } from '../graph/build.ts'
import { nodeFlops } from '../graph/cost.ts'
import { type Graph, GraphError, type Node } from '../graph/graph.ts'
import { type BatchSizes, elementCount, printType } from '../graph/type.ts'
import { valueBytes } from '../plan/buffers.ts'
import { isFixed, sharesInput } from '../plan/sharing.ts'
import type { Ops } from './pass.ts'

/** A value and the views that share its memory. All are kept, or none. */
export interface Keepable {
  readonly nodes: readonly Node[]
  readonly bytes: number
}

/** Values that mean the same in equal layers. */
export interface Kind {
  /** In order of computation. */
  readonly members: readonly Keepable[]
  readonly bytes: number
}

export class Recomputation {
  readonly kinds: readonly Kind[]
  private readonly graph: Graph
  private readonly sizes: BatchSizes
  private readonly forward: ReadonlySet<Node>
  /** Nodes of the backward pass that read a value of the backward pass. */
  private readonly late: ReadonlySet<Node>
  /** Forward values that the backward pass reads, early or late: there without being recomputed. */
  private readonly kept: ReadonlySet<Node>
  private readonly readLate: ReadonlySet<Node>

  constructor(graph: Graph, sizes: BatchSizes) {
    this.graph = graph
    this.sizes = sizes
    this.forward = ancestors([...graph.outputs].flatMap(([name, node]) => (isGradient(name) ? [] : [node])))
    const late = new Set<Node>()
    const kept = new Set<Node>(graph.outputs.values())
    const readLate = new Set<Node>()
    for (const node of graph.nodes) {
      if (this.forward.has(node)) continue
      if (node.inputs.some((input) => !this.forward.has(input) && input.inputs.length > 0)) late.add(node)
      for (const input of node.inputs) {
        if (!this.forward.has(input)) continue
        kept.add(input)
        if (late.size > 0) readLate.add(input)
      }
    }
    this.late = late
    this.kept = kept
    this.readLate = readLate
    this.kinds = this.findKinds()
  }

  private findKinds(): Kind[] {
    const outputs = new Set(this.graph.outputs.values())
    const groups = new Map<Node, Node[]>()
    /**
     * Values that differ from batch to batch: of parameters alone nothing can be computed later than before.
     */
    const varying = new Set<Node>()
    for (const node of this.graph.nodes) {
      if (node.op === 'input' || node.inputs.some((input) => varying.has(input))) varying.add(node)
      if (!this.forward.has(node) || node.inputs.length === 0) continue
      const [input] = node.inputs
      const own = input && sharesInput(node, this.sizes) ? groups.get(input) : undefined
      const group = own ?? []
      group.push(node)
      groups.set(node, group)
    }
    const kinds = new Map<string, Keepable[]>()
    for (const nodes of new Set(groups.values())) {
      const [root] = nodes
      if (root === undefined || !varying.has(root)) continue
      if (!nodes.some((node) => this.readLate.has(node)) || nodes.some((node) => outputs.has(node))) continue
      const { source } = root
      const place = source === undefined ? '' : `${source.file}:${source.start}`
      const key = `${root.op} ${printType(root.type)} ${place} ${root.inputs.map(({ op }) => op).join()}`
      const members = kinds.get(key) ?? []
      members.push({ nodes, bytes: valueBytes(root, this.sizes) })
      kinds.set(key, members)
    }
    return [...kinds.values()].map((members) => ({
      members,
      bytes: members.reduce((sum, { bytes }) => sum + bytes, 0),
    }))
  }

  /** Operations of what is computed a second time; a move counts as one operation an element. */
  work(again: Iterable<Keepable>): number {
    const chosen = nodesOf(again)
    const seen = new Set<Node>()
    const visit = (node: Node): void => {
      if (seen.has(node)) return
      seen.add(node)
      for (const input of node.inputs) if (!this.isThere(input, chosen)) visit(input)
    }
    for (const node of chosen) if (this.readLate.has(node)) visit(node)
    let work = 0
    for (const node of seen) work += nodeFlops(node, this.sizes) + elementCount(node.type, this.sizes)
    return work
  }

  /**
   * The step in which late readers of these values read them recomputed, right before the first of them.
   * `moved` gets each old node with its new one.
   */
  apply(again: Iterable<Keepable>, ops: Ops, moved?: (before: Node, after: Node) => void): Graph {
    const chosen = nodesOf(again)
    const builder = new Builder(ops)
    const made = new Map<Node, Node>()
    const remade = new Map<Node, Node>()
    const newOf = (node: Node): Node => {
      const found = made.get(node)
      if (found === undefined) throw new GraphError(`${node.op} (id ${node.id}) is used before it is made`)
      return found
    }
    const remake = (node: Node, after: Node): Node => {
      const known = remade.get(node)
      if (known !== undefined) return known
      const inputs = node.inputs.map((input) => {
        if (isFixed(input)) return newOf(input)
        return this.isThere(input, chosen)
          ? builder.add('again', [newOf(input), after])
          : remake(input, after)
      })
      const result = builder.add(node.op, inputs, node.attributes, node.source)
      remade.set(node, result)
      return result
    }
    let latest: Node | undefined
    for (const node of this.graph.nodes) {
      const cotangent = node.inputs.find((input) => this.late.has(input))
      const after = cotangent === undefined ? latest : newOf(cotangent)
      const inputs = node.inputs.map((input) =>
        after !== undefined && !this.forward.has(node) && chosen.has(input)
          ? remake(input, after)
          : newOf(input),
      )
      const result = builder.add(node.op, inputs, node.attributes, node.source)
      made.set(node, result)
      if (this.late.has(node)) latest = result
    }
    if (moved) for (const [before, after] of made) moved(before, after)
    const outputs = new Map([...this.graph.outputs].map(([name, node]) => [name, newOf(node)]))
    return builder.finish(this.graph.name, outputs)
  }

  /** Whether a value is computed from what is there in the backward pass, or is rebuilt there itself. */
  isDirect({ nodes: [root] }: Keepable, again: Iterable<Keepable>): boolean {
    const chosen = nodesOf(again)
    return root?.inputs.every((input) => chosen.has(input) || this.isThere(input, chosen)) ?? false
  }

  /** Whether it is there in the backward pass without being recomputed. */
  private isThere(node: Node, chosen: ReadonlySet<Node>): boolean {
    return node.inputs.length === 0 || (this.kept.has(node) && !chosen.has(node))
  }
}

function nodesOf(values: Iterable<Keepable>): ReadonlySet<Node> {
  const nodes = new Set<Node>()
  for (const value of values) for (const node of value.nodes) nodes.add(node)
  return nodes
}

function isGradient(output: string): boolean {
  return output.startsWith('gradient ')
}

function ancestors(roots: readonly Node[]): ReadonlySet<Node> {
  const found = new Set(roots)
  for (const node of found) for (const input of node.inputs) found.add(input)
  return found
}
