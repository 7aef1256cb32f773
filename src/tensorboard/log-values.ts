/** Lines of metrics.jsonl as values for TensorBoard. Tags begin with the stage, whose steps they count. */
import { z } from 'zod'
import { evaluationLine, intervalLine } from '../train/log-lines.ts'
import { scalar, type Value } from './values.ts'

/** Lines of each kind, and of older versions: what a line does not have is absent. */
const shape = intervalLine.partial().extend({
  event: z.string().optional(),
  step: z.number().default(0),
  model: z.string().optional(),
  metrics: evaluationLine.shape.metrics.optional(),
})

export interface LogValues {
  readonly values: readonly Value[]
  readonly step: number
  readonly time: Date | undefined
  /** Of an evaluation. */
  readonly evaluated?: { readonly stage: string; readonly model: string }
  /** Whether the run finished with this line. */
  readonly finished: boolean
}

/** Undefined for what is no line of a log. A line of another kind has no values. */
export function valuesOfLine(line: unknown): LogValues | undefined {
  const parsed = shape.safeParse(line)
  if (!parsed.success) return undefined
  const { event, stage, step, time, model, metrics, ...logged } = parsed.data
  const at = { step, time: timeOf(time), finished: event === 'finished' }
  const under = (...names: string[]): string => [...(stage === undefined ? [] : [stage]), ...names].join('/')
  const all = (values: { readonly [name: string]: number | null } = {}, ...names: string[]): Value[] =>
    Object.entries(values).flatMap(([name, number]) => one(number, ...names, name))
  const one = (number: number | null | undefined, ...names: string[]): Value[] =>
    typeof number === 'number' ? [scalar(under(...names), number)] : []
  if (event === undefined) {
    const values = [
      ...one(logged.total, 'loss'),
      ...all(logged.terms, 'loss'),
      ...one(logged.gradient_norm, 'gradient_norm'),
      ...all(logged.term_gradient_norms, 'gradient_norm'),
      ...one(logged.rate, 'rate'),
      ...one(logged.steps_per_second, 'steps_per_second'),
      ...one(logged.tokens_per_second, 'tokens_per_second'),
    ]
    return { ...at, values }
  }
  if ((event !== 'evaluation' && event !== 'teacher') || model === undefined) return { ...at, values: [] }
  const values = all(metrics, model)
  return event === 'evaluation' && stage !== undefined
    ? { ...at, values, evaluated: { stage, model } }
    : { ...at, values }
}

function timeOf(text = ''): Date | undefined {
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? undefined : time
}
