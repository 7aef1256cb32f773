/**
 * The profile of a training step: a few steps on random data of a stage's size with random weights, and the
 * time, bytes and FLOPs by operation and by line of the spec. A gradient counts for the line of the value
 * whose gradient it is.
 */
import type { Program, Stage } from '../check/program.ts'
import type { Batch } from '../data/dataset.ts'
import { SourceText } from '../diagnostics/source-text.ts'
import { nodeBytes, nodeFlops } from '../graph/cost.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { leafName } from '../graph/leaf.ts'
import { type BatchSizes, concreteShape, elementCount } from '../graph/type.ts'
import type { StageGraphs } from '../lower/stage.ts'
import type { Executor } from '../run/executor.ts'
import type { HostTensor, StoredParameter } from '../run/runner.ts'
import { ParameterStore } from '../train/parameters.ts'
import { normalisersOf, stepInputs } from '../train/step-inputs.ts'

export interface ProfileEntry {
  /** The op, or `std/bert.distill:33`. */
  readonly name: string
  /** What stands in that line. */
  readonly text?: string
  /** Nodes of the step. */
  readonly calls: number
  /** Of one step, the mean of the measured ones. */
  readonly milliseconds: number
  /** Of the whole step. */
  readonly share: number
  readonly flops: number
  /** Read and written. */
  readonly bytes: number
}

export interface Profile {
  readonly stage: string
  readonly backend: string
  readonly steps: number
  readonly sizes: { readonly examples: number; readonly tokens: number }
  readonly milliseconds: number
  readonly flops: number
  /** Of a large matrix product on this backend, in 10^9 a second. */
  readonly peak_gflops: number
  /** What is computed once per example, before the first step; null where there is nothing. */
  readonly once: { readonly models: readonly string[]; readonly milliseconds_per_example: number } | null
  readonly operations: readonly ProfileEntry[]
  readonly lines: readonly ProfileEntry[]
}

export interface ProfileRequest {
  readonly program: Program
  readonly stage: Stage
  readonly graphs: StageGraphs
  readonly runner: Executor
  readonly sizes: BatchSizes
  readonly steps: number
  readonly peak: number
}

/** Runs one step to warm up and `steps` that count. The optimizer's update is not part of it. */
export function profileStage(request: ProfileRequest): Profile {
  const { program, stage, graphs, runner, sizes, steps, peak } = request
  const { step, frozen } = graphs
  const all = [step, graphs.counts, ...(frozen ? [frozen.graph] : [])]
  const store = randomWeights(all, sizes)
  const batch = madeUpBatch(all, sizes)
  const random = { seed: 0, stage: stage.name, step: 0 }
  const [normalisers = []] = normalisersOf({ stage, graphs, store, runner }, [batch], random)
  const given = stepInputs(batch, normalisers, { progress: 0, step: 0, epoch: 0 })
  const timesOf = (graph: Graph): ReadonlyMap<Node, number> => {
    const times = new Map<Node, number>()
    for (let n = 0; n <= steps; n++) {
      const run = { ...given, parameter: store.get, random: { ...random, step: n } }
      for (const { node, milliseconds } of runner.profileNodes(graph, run))
        if (n > 0) times.set(node, (times.get(node) ?? 0) + milliseconds / steps)
    }
    return times
  }
  const times = timesOf(step)
  const lineOf = lines(program)
  const nodes = [...times].filter(([node]) => node.inputs.length > 0)
  const whole = nodes.reduce((sum, [, time]) => sum + time, 0)
  const measured = nodes.map(([node, milliseconds]) => ({ node, milliseconds }))
  return {
    stage: stage.name,
    backend: runner.name,
    steps,
    sizes: { examples: sizes.B, tokens: sizes.L },
    milliseconds: whole,
    flops: nodes.reduce((sum, [node]) => sum + nodeFlops(node, sizes), 0),
    peak_gflops: peak,
    once: frozen
      ? {
          models: frozen.models,
          milliseconds_per_example: [...timesOf(frozen.graph).values()].reduce((a, b) => a + b, 0) / sizes.B,
        }
      : null,
    operations: entries(measured, sizes, whole, (node) => ({ name: node.op })),
    lines: entries(measured, sizes, whole, lineOf),
  }
}

/** Sums by name, the most expensive first. */
function entries(
  measured: readonly { node: Node; milliseconds: number }[],
  sizes: BatchSizes,
  whole: number,
  nameOf: (node: Node) => { name: string; text?: string },
): ProfileEntry[] {
  const sums = new Map<
    string,
    { text?: string; calls: number; milliseconds: number; flops: number; bytes: number }
  >()
  for (const { node, milliseconds } of measured) {
    const { name, text } = nameOf(node)
    const sum = sums.get(name) ?? {
      ...(text === undefined ? {} : { text }),
      calls: 0,
      milliseconds: 0,
      flops: 0,
      bytes: 0,
    }
    sum.calls++
    sum.milliseconds += milliseconds
    sum.flops += nodeFlops(node, sizes)
    sum.bytes += nodeBytes(node, sizes)
    sums.set(name, sum)
  }
  return [...sums]
    .map(([name, sum]) => ({ name, ...sum, share: whole > 0 ? sum.milliseconds / whole : 0 }))
    .sort((a, b) => b.milliseconds - a.milliseconds)
}

function lines(program: Program): (node: Node) => { name: string; text?: string } {
  const texts = new Map([...program.sources].map(([file, text]) => [file, new SourceText(text)]))
  return ({ source }) => {
    const text = source && texts.get(source.file)
    if (!source || !text) return { name: 'no line of its own' }
    const { line } = text.positionOf(source.start)
    return { name: `${source.file}:${line}`, text: text.lineText(line).trim() }
  }
}

/** Numbers below 1 that look random and are the same each time. */
function noise(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function leaves(
  graphs: readonly Graph[],
  op: 'input' | 'parameter',
): Map<string, { node: Node; readers: Node[] }> {
  const found = new Map<string, { node: Node; readers: Node[] }>()
  for (const graph of graphs) {
    for (const node of graph.nodes) {
      if (node.op === op)
        found.set(leafName(node) ?? '', found.get(leafName(node) ?? '') ?? { node, readers: [] })
      for (const input of node.inputs)
        if (input.op === op) found.get(leafName(input) ?? '')?.readers.push(node)
    }
  }
  return found
}

function randomWeights(
  graphs: readonly Graph[],
  sizes: BatchSizes,
): { get: (name: string) => StoredParameter } & ParameterStore {
  const store = new ParameterStore()
  const next = noise(1)
  for (const [name, { node }] of leaves(graphs, 'parameter')) {
    const data = new Float32Array(elementCount(node.type, sizes))
    if (name.endsWith('.scale')) data.fill(1)
    else for (const i of data.keys()) data[i] = (next() - 0.5) / 15
    store.define(name, concreteShape(node.type, sizes), data)
  }
  return store
}

/** A batch without padding: what the graphs read, within the bounds that its readers set. */
function madeUpBatch(graphs: readonly Graph[], sizes: BatchSizes): Batch {
  const next = noise(2)
  const inputs = new Map<string, HostTensor>()
  for (const [name, { node, readers }] of leaves(graphs, 'input')) {
    const shape = concreteShape(node.type, sizes)
    const length = elementCount(node.type, sizes)
    const { dtype } = node.type
    if (dtype === 'bool') {
      // Masked positions are every seventh; attended ones all.
      const data = Uint8Array.from({ length }, (_, i) => (name === 'masked' && i % 7 !== 0 ? 0 : 1))
      inputs.set(name, { dtype, shape, data })
    } else if (dtype === 'f32') {
      inputs.set(name, { dtype, shape, data: Float32Array.from({ length }, next) })
    } else {
      const below = Math.max(1, Math.min(...readers.map((reader) => boundOf(reader, sizes))))
      const value = (i: number): number => {
        if (name === 'places' || name === 'sample') return i
        if (name === 'batch.original' && i % 7 !== 0) return -100
        return Math.floor(next() * below)
      }
      inputs.set(name, { dtype, shape, data: Int32Array.from({ length }, (_, i) => value(i)) })
    }
  }
  const { B, L } = sizes
  return { B, L, inputs, liveTokens: B * L, examples: [] }
}

/** How many different integers a reader takes: rows of a table, entries of the axis of logits. */
function boundOf(reader: Node, sizes: BatchSizes): number {
  const [first, second] = reader.inputs
  if (reader.op === 'lookup' && second) return concreteShape(second.type, sizes)[0] ?? 1
  const axis = reader.attributes.axis
  const at = first?.type.dimensions.findIndex((d) => d.axis === axis) ?? -1
  return first && at >= 0 ? (concreteShape(first.type, sizes)[at] ?? 2) : Number.POSITIVE_INFINITY
}
