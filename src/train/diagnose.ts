/**
 * Finds out why a step was not finite. It runs the graph once more, node by node, and finds the first value
 * that is NaN or infinite, with its term, layer and examples.
 */
import type { Schedule } from '../check/program.ts'
import type { Batch } from '../data/dataset.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { lossNotFinite } from '../diagnostics/messages/runs.ts'
import type { Graph, Node, RandomKey } from '../graph/graph.ts'
import type { HostData } from '../run/runner.ts'
import { type Moment, momentAt, rateAt } from './schedule.ts'
import type { StepResult } from './step.ts'
import { normalisersOf, type StepContext, stepInputs } from './step-inputs.ts'

export interface FirstNonFinite {
  readonly node: Node
  readonly value: 'NaN' | 'infinite'
  /** Largest absolute value among its inputs. */
  readonly before: number
  readonly batch: Batch
}

/** The first value of the step that is not finite, and the micro-batch in which it is. */
function firstNonFinite(
  context: StepContext,
  microbatches: readonly Batch[],
  random: RandomKey,
  moment: Moment,
): FirstNonFinite | undefined {
  const normalisers = normalisersOf(context, microbatches, random)
  for (const [index, batch] of microbatches.entries()) {
    const largest = new Map<Node, number>()
    let found: FirstNonFinite | undefined
    const request = {
      ...stepInputs(batch, normalisers[index] ?? [], moment),
      parameter: context.store.get,
      random,
    }
    context.runner.inspect(context.graphs.step, request, (node, { dtype, data }) => {
      const size = dtype === 'f32' ? magnitude(data) : 0
      if (Number.isFinite(size)) {
        largest.set(node, size)
        return true
      }
      const before = Math.max(0, ...node.inputs.map((input) => largest.get(input) ?? 0))
      found = { node, value: Number.isNaN(size) ? 'NaN' : 'infinite', before, batch }
      return false
    })
    if (found) return found
  }
  return undefined
}

/** Largest absolute value; NaN if there is a NaN. */
function magnitude(data: HostData): number {
  let largest = 0
  for (const value of data) {
    if (Number.isNaN(value)) return Number.NaN
    const size = Math.abs(value)
    if (size > largest) largest = size
  }
  return largest
}

/**
 * The message of a run that stopped. `saved`: the step of the last checkpoint of this stage, absent if there
 * is none.
 */
export function explainNonFinite(
  context: StepContext,
  result: StepResult,
  microbatches: readonly Batch[],
  random: RandomKey,
  moment: Moment,
  saved: number | undefined,
): Diagnostic {
  const { stage, graphs } = context
  const first = firstNonFinite(context, microbatches, random, moment)
  const term = [...result.terms].find(([, value]) => !Number.isFinite(value))?.[0]
  const where = first && placeOf(graphs.step, graphs.names, first.node)
  const value = Number.isNaN(result.total) || (Number.isFinite(result.total) && Number.isNaN(result.norm))
  const optimizer = stage.optimizer
  return lossNotFinite({
    step: random.step + 1,
    stage: stage.name,
    what:
      term === undefined ? (Number.isFinite(result.total) ? 'the gradient' : 'the total') : `term ${term}`,
    value: value || first?.value === 'NaN' ? 'NaN' : 'infinite',
    ...(first && where
      ? { where: `${where} (largest |x| before: ${first.before.toExponential(1).replace('e+', 'e')})` }
      : {}),
    examples: describeExamples(first ? [first.batch] : microbatches),
    kept:
      saved === undefined ? 'no checkpoint was saved before' : `last good checkpoint: step ${saved}, kept`,
    rate: gentler(optimizer?.settings.rate, moment),
    ...(optimizer?.clip === undefined ? { clip: 1 } : {}),
  })
}

/**
 * The binding of a node: its own, otherwise the nearest that is computed from it, otherwise the nearest among
 * its inputs.
 */
function placeOf(graph: Graph, names: ReadonlyMap<Node, string>, node: Node): string {
  const own = names.get(node)
  if (own !== undefined) return own
  const reached = new Set<Node>([node])
  for (const one of graph.nodes) {
    if (one.id <= node.id || !one.inputs.some((input) => reached.has(input))) continue
    reached.add(one)
    const name = names.get(one)
    if (name !== undefined) return name
  }
  for (const [name, output] of graph.outputs) {
    if (name.startsWith('term ') && reached.has(output))
      return `the loss ${name.slice(5)} itself (${node.op})`
  }
  let front: readonly Node[] = node.inputs
  for (let depth = 0; depth < 12 && front.length > 0; depth++) {
    for (const one of front) {
      const name = names.get(one)
      if (name !== undefined) return `the gradient near ${name}`
    }
    front = [...new Set(front.flatMap((one) => one.inputs))]
  }
  for (const [name, output] of graph.outputs) if (output === node) return name
  return `a value of ${node.op}`
}

/** `examples 17, 48 and 30 more (train.tsv, lines 18, 49 ...)` */
function describeExamples(batches: readonly Batch[]): string {
  const examples = batches.flatMap((batch) => batch.examples)
  const byFile = new Map<string, number[]>()
  for (const { file, line } of examples) byFile.set(file, [...(byFile.get(file) ?? []), line])
  const places = [...byFile].map(([file, lines]) => {
    const sorted = lines.sort((a, b) => a - b).map((line) => line.toLocaleString('en-US'))
    const shown =
      sorted.length > 6 ? `${sorted.slice(0, 5).join(', ')} and ${sorted.length - 5} more` : sorted.join(', ')
    return `${file} line${sorted.length === 1 ? '' : 's'} ${shown}`
  })
  const count = `${examples.length} example${examples.length === 1 ? '' : 's'}`
  return places.length === 0 ? count : `of ${count}: ${places.join('; ')}`
}

/** About 0.4 of the peak rate, with one digit: `2e-5`. */
function gentler(schedule: Schedule | undefined, moment: Moment): string {
  const peak =
    schedule === undefined
      ? 1e-4
      : schedule.kind === 'expression'
        ? Math.max(rateAt(schedule, moment), rateAt(schedule, momentAt(0, 1, 1)))
        : schedule.rate
  return (0.4 * peak).toExponential(0).replace('e+0', '')
}
