/**
 * How each loss term of a stage is weighted, what it is divided by, which positions it reads, and which
 * numbers in it change.
 */
import type { LossTerm, Stage } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import { reachable } from '../check/term-reads.ts'
import { decimal } from './figures.ts'
import { formula } from './formula.ts'
import { type MixedPositions, mixedPositions } from './masks.ts'

export interface TermReport {
  readonly name: string
  /** A number, or a formula of progress, step and epoch. */
  readonly weight: string
  /** `example x token x unit`, with how many primitives divide by it. */
  readonly dividedBy: readonly {
    readonly axes: readonly string[]
    readonly withinExample: boolean
    readonly count: number
  }[]
  /**
   * Of the positions that it sums over: attended, masked, first_piece or any; none where it has no token
   * axis.
   */
  readonly masks: readonly string[]
  /**
   * Of positions that something inside it mixes: the tokens that a start of an answer is chosen from, say.
   */
  readonly mixed: readonly MixedPositions[]
  /**
   * Numbers inside it that follow progress, step or epoch, and the argument that each is: `temperature`, or
   * null.
   */
  readonly schedules: readonly { readonly argument: string | null; readonly formula: string }[]
  /** Of its cross-entropies; each different list once. */
  readonly class_weights: readonly (readonly number[])[]
  /** Shares by which labels are smoothed. */
  readonly label_smoothing: readonly number[]
}

/** `ofModels`: `modelTerms` of the program. */
export function reportTerm(
  { name, term, weight, scheduled = [] }: LossTerm,
  ofModels: ReadonlySet<Term>,
): TermReport {
  const classWeights = new Map<string, readonly number[]>()
  const smoothing = new Set<number>()
  for (const { operation } of reachable(term)) {
    if ('weights' in operation && operation.weights)
      classWeights.set(operation.weights.join(), operation.weights)
    if (operation.op === 'smooth' && operation.amount > 0) smoothing.add(operation.amount)
  }
  return {
    name,
    weight: weight ? formula(weight) : 'not a plain factor',
    ...divisorsOf(term),
    mixed: mixedPositions(term, ofModels),
    schedules: scheduled.map((one) => ({ argument: one.argument ?? null, formula: formula(one.term) })),
    class_weights: [...classWeights.values()],
    label_smoothing: [...smoothing],
  }
}

/** The divisors of the primitives in a loss, and the positions that they sum over. */
export function divisorsOf(term: Term): Pick<TermReport, 'dividedBy' | 'masks'> {
  const dividedBy = new Map<string, { axes: readonly string[]; withinExample: boolean; count: number }>()
  const masks = new Set<string>()
  const seen = new Set<Term>()
  const visit = (t: Term): void => {
    if (seen.has(t) || !t.facts.reduced) return
    seen.add(t)
    const { operation } = t
    if (operation.op === 'reduction') {
      const axes = ['example', ...operation.per.filter((axis) => axis !== 'example')]
      const key = `${axes.join(' ')} ${operation.withinExample}`
      const known = dividedBy.get(key)
      dividedBy.set(key, { axes, withinExample: operation.withinExample, count: (known?.count ?? 0) + 1 })
      const read = t.inputs[0]?.axes.map((a) => a.axis) ?? []
      if (read.includes('token')) masks.add(operation.live)
      else if (read.includes("token'")) masks.add(operation.livePrimed)
      return
    }
    t.inputs.forEach(visit)
  }
  visit(term)
  return { dividedBy: [...dividedBy.values()], masks: [...masks] }
}

/** What a stage minimizes in terms of its losses, where it is more than their weighted sum. */
export function reportMinimized({ minimize, terms }: Stage): string | null {
  if (terms.every(({ weight }) => weight !== undefined)) return null
  return formula(minimize, new Map(terms.map(({ name, term }) => [term, name])))
}

/** Class weights that are listed. */
const mostWeights = 12

/** `soft: temperature = 4 - 3 * progress`, for terms of which there is more to say than the table has. */
export function printTermNotes({ name, schedules, class_weights, label_smoothing }: TermReport): string[] {
  const parts = schedules.map(({ argument, formula: text }) =>
    argument === null ? `reads ${text}` : `${argument} = ${text}`,
  )
  for (const weights of class_weights) {
    const rest = weights.length - mostWeights
    const shown = weights.slice(0, mostWeights).map(decimal)
    parts.push(`weights = [${shown.join(', ')}]${rest > 0 ? ` and ${rest} more classes` : ''}`)
  }
  for (const amount of label_smoothing) parts.push(`labels smoothed by ${decimal(100 * amount)}%`)
  return parts.length > 0 ? [`    ${name}: ${parts.join('; ')}`] : []
}
