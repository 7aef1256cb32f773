/**
 * A stage as a table that a person can review in a diff: for each op how many nodes the stage has as written, and how many each step of the compiler adds or
 * removes. A change that leaves the counts as they are changes no line.
 */
import { graphFlops } from '../../src/graph/cost.ts'
import type { Graph } from '../../src/graph/graph.ts'
import type { BatchSizes } from '../../src/graph/type.ts'
import { type Plan, planStep } from '../../src/plan/plan.ts'

/** The graphs of a stage, in the order in which one is made of the other. */
export interface CompiledStage {
  readonly name: string
  readonly sizes: BatchSizes
  /** The losses as the spec writes them. */
  readonly written: Graph
  /** After the passes on the forward graph. */
  readonly forward: Graph
  /** With the backward pass. */
  readonly gradient: Graph
  /** After the passes on both. */
  readonly fused: Graph
  /** With what decides how it is run: results over inputs, updates in place. */
  readonly planned: Graph
  /** What frozen models compute once an example. */
  readonly frozen?: Graph | undefined
}

const changes = ['forward', 'gradient', 'fused', 'planned'] as const

/** The table of one stage. Peaks are those of the values of one micro-batch, without weights. */
export function stageTable(stage: CompiledStage): string {
  const { name, sizes, planned, frozen } = stage
  const graphs = [stage.written, ...changes.map((change) => stage[change])]
  const plans = graphs.map((graph) => planStep(graph, sizes))
  const plan = planStep(planned, sizes)
  const figures: [string, (graph: Graph, plan: Plan) => number][] = [
    ['nodes', ({ nodes }) => nodes.length],
    ['outputs', ({ outputs }) => outputs.size],
    ['MFLOPs', (graph) => graphFlops(graph, sizes) / 1e6],
    ['peak, KiB', (_, { peak }) => peak / 2 ** 10],
  ]
  const frozenPlan = frozen && planStep(frozen, sizes)
  const rows = figures.map(([title, figure]) =>
    row(
      title,
      graphs.map((graph, i) => figure(graph, plans[i] ?? plan)),
      frozen && frozenPlan && figure(frozen, frozenPlan),
    ),
  )
  const counts = graphs.map(opCounts)
  const once = frozen && opCounts(frozen)
  const names = [...new Set([...counts, ...(once ? [once] : [])].flatMap((of) => [...of.keys()]))].sort()
  const ops = names.map((op) =>
    row(
      op,
      counts.map((of) => of.get(op) ?? 0),
      once && (once.get(op) ?? 0),
    ),
  )
  const head = ['', 'written', ...changes, 'step', ...(frozen ? ['frozen'] : [])]
  return [
    `stage ${name}, ${sizes.B} examples x ${sizes.L} tokens`,
    ...aligned([head, ...rows, head.map(() => ''), ...ops]),
    ...[plan, ...(frozenPlan ? [frozenPlan] : [])].map(planLine),
    '',
  ].join('\n')
}

/** As written, what each step changes, and what comes of it. */
function row(title: string, values: readonly number[], once: number | undefined): string[] {
  const [written = 0, ...others] = values
  const differences = others.map((value, i) => signed(value - (values[i] ?? 0)))
  const shown = (value: number): string => (value === 0 ? '' : grouped(value))
  return [
    title,
    shown(written),
    ...differences,
    shown(values.at(-1) ?? 0),
    ...(once === undefined ? [] : [shown(once)]),
  ]
}

function opCounts({ nodes }: Graph): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1)
  return counts
}

function planLine({ graph, arena, buffers, over }: Plan): string {
  const inPlace = over.filter((index) => index !== undefined).length
  return `  plan of ${graph.name}: ${buffers.length} buffers in ${grouped(arena / 2 ** 10)} KiB, ${inPlace} results over an input`
}

/** Fixed widths, so that no number moves the lines of others. */
function aligned(lines: readonly (readonly string[])[]): string[] {
  return lines.map((line) =>
    line
      .map((cell, i) => (i === 0 ? `  ${cell.padEnd(30)}` : cell.padStart(12)))
      .join('')
      .trimEnd(),
  )
}

function signed(n: number): string {
  return n === 0 ? '' : n > 0 ? `+${grouped(n)}` : grouped(n)
}

/** Counts exactly, MFLOPs and KiB to a tenth. */
function grouped(n: number): string {
  return n.toLocaleString('en-US', { maximumFractionDigits: 1 })
}
