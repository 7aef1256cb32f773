/** When a stage is evaluated, by what, and which of its weights stay. */
import { metricText } from '../check/metric-names.ts'
import type { Stage } from '../check/program.ts'
import { number } from './figures.ts'

export interface EvaluationReport {
  readonly metrics: readonly string[]
  /** Steps from one evaluation to the next; null: an epoch. */
  readonly every_steps: number | null
  /** The metric whose best evaluation's weights are kept. */
  readonly best: string | null
  /** Whole checkpoints that are kept. */
  readonly last: number | null
  /** Evaluations without a better one that end the stage. */
  readonly patience: number | null
}

/** Null where a stage has no data to be trained on. */
export function reportEvaluation({ data, evaluate, keep, patience, every }: Stage): EvaluationReport | null {
  if (data === undefined) return null
  return {
    metrics: evaluate.map(metricText),
    every_steps: every ?? null,
    best: keep?.best ? metricText(keep.best) : null,
    last: keep?.last ?? null,
    patience: patience ?? null,
  }
}

export function printEvaluation({
  metrics,
  every_steps: every,
  best,
  last,
  patience,
}: EvaluationReport): string[] {
  const wanted = [...new Set([...metrics, ...(best === null ? [] : [best])])]
  const parts: string[] = []
  const when = every === null ? 'after each epoch' : `every ${number(every)} steps`
  if (wanted.length > 0) parts.push(`evaluated ${when}: ${wanted.join(', ')}`)
  else if (last !== null) parts.push(`saved ${when}`)
  const kept = [
    ...(best === null ? [] : [`the weights of the best ${best}`]),
    ...(last === null ? [] : [last === 1 ? 'the last checkpoint' : `the last ${last} checkpoints`]),
  ]
  if (kept.length > 0) parts.push(`kept: ${kept.join(' and ')}`)
  if (patience !== null) parts.push(`ends after ${patience} without a better ${best ?? 'one'}`)
  return parts.length > 0 ? [`    ${parts.join('; ')}`] : []
}
