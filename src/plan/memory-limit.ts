/** Refuses a stage that does not fit into memory, before anything is allocated, and computes remedies. */
import type { Program, Stage } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notEnoughMemory } from '../diagnostics/messages/backends.ts'
import type { Graph } from '../graph/graph.ts'
import type { BatchSizes } from '../graph/type.ts'
import { type StageMemory, stageMemory } from './memory.ts'
import { bytesText } from './print.ts'

/** Suggested lengths are multiples of this number of tokens. */
const lengthStep = 16

/**
 * Throws E1005 if training the stage on micro-batches of full length takes more than `limit` bytes.
 * `sizesOf`: the sizes of such a micro-batch, or of one with other examples and tokens. `others`: other
 * remedies, as text. `frozen`: the graph that runs before the first step.
 */
export function requireMemory(
  program: Program,
  stage: Stage,
  step: Graph,
  sizesOf: (other?: { readonly B: number; readonly L: number }) => BatchSizes,
  limit: number,
  others: readonly string[] = [],
  frozen?: Graph,
): void {
  const sizes = sizesOf()
  const needs = (other: { B: number; L: number }): StageMemory =>
    stageMemory(stage, step, sizesOf(other), frozen)
  const memory = needs(sizes)
  if (memory.total <= limit) return
  const fits = (other: { B: number; L: number }): boolean => needs(other).total <= limit
  const data = stage.data === undefined ? undefined : program.data.get(stage.data)
  const remedies = [...others]
  const B = largest(divisors(stage.batch, sizes.B), (n) => fits({ B: n, L: sizes.L }))
  if (B !== undefined)
    remedies.push(
      `\`microbatch = ${B}\` needs ${bytesText(needs({ B, L: sizes.L }).total)} and trains the same`,
    )
  const lengths = Array.from({ length: Math.ceil(sizes.L / lengthStep) - 1 }, (_, i) => (i + 1) * lengthStep)
  const L = largest(lengths, (n) => fits({ B: sizes.B, L: n }))
  if (L !== undefined && data !== undefined)
    remedies.push(
      `\`max_length = ${L}\` in data ${data.name} needs ${bytesText(needs({ B: sizes.B, L }).total)}`,
    )
  if (data?.pad === 'max_length' && remedies.length > others.length)
    remedies.push(`\`pad = longest\` in data ${data.name} makes most batches shorter`)
  throw new DiagnosticError(
    notEnoughMemory({
      stage: stage.name,
      sizes: `${sizes.B} x ${sizes.L}`,
      needed: bytesText(memory.total),
      parts: `values ${bytesText(memory.values)}, weights ${bytesText(memory.weights)}, optimizer ${bytesText(memory.optimizer)}`,
      limit: bytesText(limit),
      remedies,
      span: stage.span,
    }),
  )
}

/** Parts into which a batch can be split evenly, smaller than `below`, in rising order. */
function divisors(batch: number, below: number): number[] {
  return Array.from({ length: Math.max(0, below - 1) }, (_, i) => i + 1).filter((n) => batch % n === 0)
}

/** The last of rising candidates that holds; what holds for one holds for smaller ones. */
function largest(candidates: readonly number[], holds: (n: number) => boolean): number | undefined {
  let [low, high] = [0, candidates.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(candidates[middle] ?? 0)) low = middle + 1
    else high = middle
  }
  return low === 0 ? undefined : candidates[low - 1]
}
